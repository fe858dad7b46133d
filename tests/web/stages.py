"""Stages for the process of the trials: one that works, hangs or ends the process, as the text says."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence

from streams.errors import WireroomError
from streams.events import CleanArticle, RawArticle
from streams.stage import Stage
from streams.web.trial import STAGE
from streams.worker.stage_child import LoadedStages


def obedient() -> LoadedStages:
    """Return a stage that does what the text says."""
    return LoadedStages([Stage(STAGE, RawArticle, obey, lambda _: ("trial",), "dead", 1_000_000)], {})


def broken() -> LoadedStages:
    """Fail as models do that are missing."""
    raise WireroomError("the model is missing")


def obey(articles: Sequence[RawArticle]) -> list[CleanArticle]:
    """Hang, end the process, or return the text."""
    (article,) = articles
    if article.body == "hang":
        threading.Event().wait()
    if article.body == "crash":
        os._exit(3)
    return [CleanArticle(text=article.body)]
