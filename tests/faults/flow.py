"""The enrichment of the fault tests: quick, the same every time, and as bad as an article asks it to be.

A body that starts with `kill in entities` has the stage `entities` end its own process; DEEDS lists what else
there is. Pure, as the checker uses them, the stages give what must become of such an article: a dead letter.
"""

from __future__ import annotations

import os
import random
import re
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from streams.enrich import Enricher
from streams.errors import EmptyArticle, StageCrashed, StageTimedOut
from streams.events import (
    CleanArticle,
    EnrichedArticle,
    Entity,
    EntityType,
    Label,
    Mention,
    RawArticle,
    TaggedArticle,
)
from streams.stage import Stage
from streams.topics import Topics
from streams.topology import stages
from tests.faults.checker import Flow

LABELS = ("climate", "diplomacy")
DEED = re.compile(r"(refuse|raise|kill|hang|eat) in (cleanup|entities|labels)\b")
EATEN = 8 * 2**30  # more than the tests let the stages have


def refuse(pure: bool) -> None:
    """An article without text."""
    raise EmptyArticle("nothing left")


def fail(pure: bool) -> None:
    """A fault of the stage."""
    raise ValueError("no such thing")


def kill(pure: bool) -> None:
    """The stages' process ends."""
    if pure:
        raise StageCrashed("killed")
    os.kill(os.getpid(), signal.SIGKILL)


def hang(pure: bool) -> None:
    """The stage never ends."""
    if pure:
        raise StageTimedOut("hung")
    time.sleep(3600)


def eat(pure: bool) -> None:
    """The stage takes more memory than it may."""
    if pure:
        raise MemoryError
    bytearray(EATEN)


DEEDS: Mapping[str, Callable[[bool], None]] = {
    "refuse": refuse,
    "raise": fail,
    "kill": kill,
    "hang": hang,
    "eat": eat,
}


class Part:
    """Cleaner, tagger and labeller in one: words in capitals are entities, a label is a word of the text."""

    def __init__(self, pure: bool) -> None:
        self._pure = pure

    def clean(self, raw: RawArticle) -> CleanArticle:
        """The body as it is."""
        self._do("cleanup", raw.body)
        return CleanArticle(article_id=raw.article_id, language="en", text=raw.body)

    def tag(self, articles: Sequence[CleanArticle]) -> list[TaggedArticle]:
        """Each with its words in capitals."""
        for article in articles:
            self._do("entities", article.text)
        return [
            TaggedArticle(
                **dict(article), entities=[_entity(m) for m in re.finditer(r"\b[A-Z]+\b", article.text)]
            )
            for article in articles
        ]

    def label(self, articles: Sequence[TaggedArticle]) -> list[EnrichedArticle]:
        """Each with those labels that its text contains."""
        for article in articles:
            self._do("labels", article.text)
        return [
            EnrichedArticle(
                **dict(article),
                labels=[Label(label=label, score=1, name=label) for label in LABELS if label in article.text],
                scores={label: float(label in article.text) for label in LABELS},
            )
            for article in articles
        ]

    def _do(self, stage: str, text: str) -> None:
        if (deed := DEED.match(text)) and deed[2] == stage:
            DEEDS[deed[1]](self._pure)


def fault_stages(prefix: str, *, pure: bool = False) -> dict[str, Stage]:
    """The three stages by name, on the topics under PREFIX; PURE ones only say what they would do."""
    part: Any = Part(pure)
    return {stage.name: stage for stage in stages(Enricher(part, part, part), Topics(prefix), 1_000_000)}


def build(prefix: str) -> Callable[[], Mapping[str, Stage]]:
    """What a stage process is set up with."""
    return partial(fault_stages, prefix)


def draw_articles(
    drawn: random.Random,
    count: int,
    *,
    versions: int = 3,
    deeds: Sequence[str] = ("refuse in cleanup", "raise in labels"),
) -> list[RawArticle]:
    """COUNT articles no two of which are the same, each article in up to VERSIONS versions.

    One in thirty asks for one of DEEDS.
    """
    ids = [f"a{number}" for number in range(max(1, count // versions))]
    articles = []
    for number in range(count):
        words = drawn.sample(["climate", "diplomacy", "NATO", "talks", "OSLO", "weather"], 3)
        deed = f"{drawn.choice(deeds)} " if deeds and drawn.randrange(30) == 0 else ""
        articles.append(RawArticle(article_id=drawn.choice(ids), body=f"{deed}{' '.join(words)} {number}"))
    return articles


def _entity(found: re.Match[str]) -> Entity:
    mention = Mention(start=found.start(), end=found.end(), text=found[0])
    return Entity(
        id=f"{found[0]}-{found.start()}",
        type=EntityType.ORG,
        name=found[0],
        salience=1,
        count=1,
        mentions=[mention],
    )


def pure_flow(prefix: str) -> Flow:
    """What the checker compares with."""
    wire, made = Topics(prefix), fault_stages(prefix, pure=True)
    return Flow({wire.raw: made["cleanup"], wire.clean: made["entities"], wire.tagged: made["labels"]})
