"""A state restored from the log equals the state that made the log."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta

import pytest

from streams.events import EnrichedArticle, Fingerprint, StoryArticle
from streams.stories import StoryIndex, fingerprint_of
from tests.stories.articles import START, about

EVENTS, ARTICLES = 4, 120


def stream(seed: int) -> list[Fingerprint]:
    """Return articles of a few events over eight days: reprints, new versions, late ones and wrong dates."""
    chance = random.Random(seed)
    prints: list[Fingerprint] = []
    made: dict[str, EnrichedArticle] = {}
    for number in range(ARTICLES):
        hours = number * 8 * 24 / ARTICLES
        kind = chance.random()
        article = about(int(hours / 40) * EVENTS + chance.randrange(EVENTS), number)
        article_id, text = f"a{number}", article.text
        if made and kind < 0.2:  # a reprint
            text = f"Local news first. {chance.choice(list(made.values())).text}"
        elif made and kind < 0.4:  # a new version
            article_id = chance.choice(list(made)[-40:])
            text = f"{made[article_id].text} Corrected {number}."
        shift = chance.choice([0, 0, 0, -30, -200, 24 * 365 * 177])
        published = START + timedelta(hours=hours + shift) if chance.random() < 0.9 else None
        changes = {"article_id": article_id, "text": text, "published_at": published}
        made[article_id] = article.model_copy(update={**changes, "publisher": f"Paper {chance.randrange(5)}"})
        prints.append(fingerprint_of(made[article_id], START + timedelta(hours=hours)))
    return prints


def compacted(log: Sequence[StoryArticle]) -> list[StoryArticle]:
    """Return the last event of each article, in the order of the log."""
    last = {event.article_id: event for event in log}
    return [event for event in log if last[event.article_id] is event]


def from_window(log: Sequence[StoryArticle], days: float) -> list[StoryArticle]:
    """Return the log from the first event on that arrived in the last `days` of its watermark."""
    start = log[-1].watermark - timedelta(days=days)
    first = next(place for place, event in enumerate(log) if event.fingerprint.arrived_at >= start)
    return list(log[first:])


@pytest.mark.parametrize("bound", [1000, 25], ids=["unbounded", "at the bound"])
@pytest.mark.parametrize("seed", range(3))
def test_every_cut_of_the_log_restores_the_same_state(seed, bound):
    prints = stream(seed)
    whole = StoryIndex(max_articles=bound)
    log = [whole.add(fingerprint) for fingerprint in prints]

    for cut in range(3, len(prints), 13):
        for events in (log[:cut], compacted(log[:cut]), from_window(compacted(log[:cut]), 3)):
            index = StoryIndex(max_articles=bound)
            for event in events:
                index.restore_json(event.to_bytes())
            after = [index.add(fingerprint).to_bytes() for fingerprint in prints[cut : cut + 20]]

            assert after == [event.to_bytes() for event in log[cut : cut + 20]]


def test_the_stream_of_these_tests_has_every_kind_of_article():
    index = StoryIndex()
    log = [index.add(fingerprint) for seed in range(4) for fingerprint in stream(seed)]
    bounded = StoryIndex(max_articles=25)
    for fingerprint in stream(0):
        bounded.add(fingerprint)

    assert any(event.duplicate_of for event in log)
    assert any(event.is_update for event in log)
    assert any(event.articles > 1 and not event.duplicate_of and not event.is_update for event in log)
    assert all(index.counts[kind] for kind in ("late", "clamped", "expired"))
    assert bounded.counts["evicted"]
