"""Windows of news that readers grouped into stories: the encoder learns from them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.enrich import Enricher
from streams.stories.likeness import VECTORS
from streams.training.stories import READINGS, Grouped, against_earlier, read_readings
from streams.training.story_vectors.articles import read_news

WINDOWS = Path(__file__).with_name("windows.jsonl")
"""The ids of the articles of each window by their stories, and the pairs of which the reader was unsure."""


class Lesson(NamedTuple):
    """The articles of a window, and what is known of each two of them.

    The arrays are [articles, articles]. An entry counts if its row is the earlier article, and if readers
    were sure. `likenesses` has the likenesses without that of the vectors on its third axis.
    """

    articles: list[Grouped]
    likenesses: NDArray[np.float32]
    is_same: NDArray[np.bool_]
    counts: NDArray[np.bool_]


def read_lessons(
    enricher: Enricher, data: Path, allowed: Collection[str], windows: Sequence[Path] = (WINDOWS,)
) -> list[Lesson]:
    """Return a lesson for each window, of those articles of DATA/news whose ids are `allowed`.

    The files at `windows` say how readers grouped them.
    """
    grouped, unsure = read_readings(enricher, data, windows)
    known = [one for one in grouped if one.article.article_id in allowed]
    return [lesson(list(articles), unsure) for _, articles in groupby(known, key=lambda one: one.window)]


def read_all_lessons(enricher: Enricher, data: Path) -> list[Lesson]:
    """Return a lesson for each window that the vectors learn from, and for those that were read first.

    Articles on which the stories are measured, and their copies, are left out.
    """
    news = read_news(data, readings=None)
    allowed = {news.articles[number].id for number in news.allowed}
    return read_lessons(enricher, data, allowed, (WINDOWS, READINGS))


def lesson(articles: Sequence[Grouped], unsure: Collection[frozenset[str]]) -> Lesson:
    """Return the lesson of a window's `articles`, which are in order of publication."""
    stories = np.array([one.story for one in articles])
    names = [one.article.article_id for one in articles]
    likenesses = np.zeros((len(articles), len(articles), VECTORS), np.float32)
    for place, rows in enumerate(against_earlier([one.article for one in articles])):
        if rows:
            likenesses[:place, place] = np.array(rows)[:, :VECTORS]
    is_unsure = np.array([[frozenset((one, other)) in unsure for other in names] for one in names])
    return Lesson(
        list(articles),
        likenesses,
        stories[:, np.newaxis] == stories,
        np.triu(~is_unsure, 1),
    )
