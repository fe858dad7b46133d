"""The enrichment of the fault tests: quick and deterministic, and it misbehaves when an article asks for it.

A body that starts with `kill in entities` makes the stage `entities` end its own process; DEEDS has the other
deeds. A headline does the same for the stage `stories`. The checker uses pure stages, which give the outcome
that such an article must have: a dead letter.
"""

from __future__ import annotations

import os
import random
import re
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from streams.enrich import Enricher
from streams.errors import EmptyArticle, StageCrashed, StageTimedOut
from streams.events import (
    CleanArticle,
    EnrichedArticle,
    Entity,
    EntityType,
    Fingerprint,
    Label,
    Mention,
    RawArticle,
    StoryArticle,
    TaggedArticle,
)
from streams.kafka.connection import Connection
from streams.kafka.history import KafkaHistory
from streams.settings import Settings
from streams.stage import Stage
from streams.stateful import StatefulStage, States
from streams.stories import StoryIndex
from streams.story_stage import StoryState, stateful_story_stage
from streams.topics import Topics
from streams.topology import stages
from tests.faults.checker import Flow

LABELS = ("climate", "diplomacy")
DEED = re.compile(r"(refuse|raise|kill|hang|eat) in (cleanup|entities|labels|stories)\b")
MAX_BYTES = 1_000_000
DAYS = 3
MOST_STORIES = 20_000  # a small index: one that a worker takes over must not look like a leak
EATEN = 8 * 2**30  # more than the tests allow the stages


def refuse(pure: bool) -> None:
    """Refuse the article, as if it had no text."""
    raise EmptyArticle("nothing left")


def fail(pure: bool) -> None:
    """Raise an error that is a bug of the stage."""
    raise ValueError("no such thing")


def kill(pure: bool) -> None:
    """End the stage process."""
    if pure:
        raise StageCrashed("killed")
    os.kill(os.getpid(), signal.SIGKILL)


def hang(pure: bool) -> None:
    """Never return."""
    if pure:
        raise StageTimedOut("hung")
    time.sleep(3600)


def eat(pure: bool) -> None:
    """Take more memory than the stage may have."""
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
    """Cleaner, tagger and labeller: words in capitals are entities, and labels are words of the text."""

    def __init__(self, pure: bool) -> None:
        self._pure = pure

    def clean(self, raw: RawArticle) -> CleanArticle:
        """Return the body as it is."""
        self._do("cleanup", raw.body)
        return CleanArticle(article_id=raw.article_id, language="en", headline=raw.headline, text=raw.body)

    def tag(self, articles: Sequence[CleanArticle]) -> list[TaggedArticle]:
        """Return each article with its words in capitals as entities."""
        for article in articles:
            self._do("entities", article.text)
        return [
            TaggedArticle(
                **dict(article), entities=[_entity(m) for m in re.finditer(r"\b[A-Z]+\b", article.text)]
            )
            for article in articles
        ]

    def label(self, articles: Sequence[TaggedArticle]) -> list[EnrichedArticle]:
        """Return each article with the labels that its text contains."""
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
        do(stage, text, self._pure)


class FaultyStories(StoryState):
    """The index of stories; the headline of an article may ask for a deed."""

    def __init__(self, pure: bool) -> None:
        super().__init__(StoryIndex(DAYS, MOST_STORIES))
        self._pure = pure

    def apply(self, event: Fingerprint) -> StoryArticle:
        """Return `event` with its story."""
        do("stories", event.headline or "", self._pure)
        return super().apply(event)


def do(stage: str, text: str, pure: bool) -> None:
    """Do what `text` asks of `stage`."""
    if (deed := DEED.match(text)) and deed[2] == stage:
        DEEDS[deed[1]](pure)


def faulty_story_stage(prefix: str, *, pure: bool = False) -> StatefulStage:
    """Return the stage `stories` on the topics under `prefix`; a `pure` one only gives the outcome."""
    return replace(
        stateful_story_stage(Topics(prefix), MAX_BYTES, DAYS), new_state=partial(FaultyStories, pure)
    )


def build_states(settings: Settings) -> Callable[[], States]:
    """Return the function that builds the states in a state process."""
    return partial(_states, settings)


def _states(settings: Settings) -> States:
    history = KafkaHistory(Connection.from_settings(settings))
    return States({"stories": faulty_story_stage(settings.topic_prefix)}, history)


def fault_stages(prefix: str, *, pure: bool = False) -> dict[str, Stage]:
    """Return the stages by name, on the topics under `prefix`; `pure` stages only give the outcome."""
    part: Any = Part(pure)
    return {stage.name: stage for stage in stages(Enricher(part, part, part), Topics(prefix), MAX_BYTES)}


def build(prefix: str) -> Callable[[], Mapping[str, Stage]]:
    """Return the function that builds the stages in a stage process."""
    return partial(fault_stages, prefix)


def draw_articles(
    drawn: random.Random,
    count: int,
    *,
    versions: int = 3,
    deeds: Sequence[str] = ("refuse in cleanup", "raise in labels"),
) -> list[RawArticle]:
    """Return `count` different bodies of articles that have up to `versions` versions each.

    A body of one draw is in no other: the same body of the same article would be the same event. One body in
    thirty asks for one of `deeds`.
    """
    ids = [f"a{number}" for number in range(max(1, count // versions))]
    articles = []
    for number in range(count):
        words = drawn.sample(["climate", "diplomacy", "NATO", "talks", "OSLO", "weather"], 3)
        deed = f"{drawn.choice(deeds)} " if deeds and drawn.randrange(30) == 0 else ""
        body = f"{deed}{' '.join(words)} {number} {drawn.randrange(10**9)}"
        articles.append(RawArticle(article_id=drawn.choice(ids), body=body))
    return articles


def _entity(word: re.Match[str]) -> Entity:
    mention = Mention(start=word.start(), end=word.end(), text=word[0])
    return Entity(
        id=f"{word[0]}-{word.start()}",
        type=EntityType.ORG,
        name=word[0],
        salience=1,
        count=1,
        mentions=[mention],
    )


def pure_flow(prefix: str) -> Flow:
    """Return the flow of pure stages, which the checker compares with."""
    wire, made = Topics(prefix), fault_stages(prefix, pure=True)
    return Flow(
        {wire.raw: made["cleanup"], wire.clean: made["entities"], wire.tagged: made["labels"]},
        {wire.fingerprints: faulty_story_stage(prefix, pure=True)},
    )
