"""A state restored from the log equals the state that made the log."""

from __future__ import annotations

import json
import random
from base64 import b64encode
from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest

from streams.events import EnrichedArticle, Fingerprint, StoryArticle
from streams.stories import StoryIndex, fingerprint_of
from streams.stories.fingerprint import ENCODED_VERSION, VERSION, decode
from streams.stories.vectors import WIDTH
from tests.stories.articles import START, about

EVENTS, ARTICLES = 4, 120
VECTOR = b64encode(bytes(range(WIDTH))).decode()
VERSIONS: list[dict[str, object]] = [
    {"version": 1, "vector": "", "words": ""},
    {"version": 2, "vector": VECTOR, "words": ""},
    {"version": 4, "vector": VECTOR},
    {"version": VERSION, "vector": VECTOR},
    {"version": ENCODED_VERSION, "vector": VECTOR},
    {"version": ENCODED_VERSION, "vector": ""},
]


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
        newest = fingerprint_of(made[article_id], START + timedelta(hours=hours))
        prints.append(newest.model_copy(update=chance.choice(VERSIONS)))
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


def one_by_one(index: StoryIndex, values: Sequence[bytes]) -> None:
    for value in values:
        index.restore_json(value)


def in_two_parts(index: StoryIndex, values: Sequence[bytes]) -> None:
    index.restore_many(values[: len(values) // 2])
    index.restore_many(values[len(values) // 2 :])


@pytest.mark.parametrize("restore", [one_by_one, StoryIndex.restore_many, in_two_parts])
@pytest.mark.parametrize("bound", [1000, 25], ids=["unbounded", "at the bound"])
@pytest.mark.parametrize("seed", range(3))
def test_every_cut_of_the_log_restores_the_same_state(seed, bound, restore):
    prints = stream(seed)
    whole = StoryIndex(max_articles=bound)
    log = [whole.add(fingerprint) for fingerprint in prints]

    for cut in range(3, len(prints), 13):
        for events in (log[:cut], compacted(log[:cut]), from_window(compacted(log[:cut]), 3)):
            index = StoryIndex(max_articles=bound)
            restore(index, [event.to_bytes() for event in events])
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


@pytest.mark.parametrize("block", [1, 7, 4096])
def test_many_articles_at_once_have_the_links_that_they_have_one_by_one(monkeypatch, block):
    monkeypatch.setattr("streams.stories.memory._BLOCK", block)
    index, many, each = StoryIndex(), StoryIndex(), StoryIndex()
    prints = stream(7)
    values = [index.add(fingerprint).to_bytes() for fingerprint in prints]
    many.restore_many(values)
    one_by_one(each, values)

    assert many.counts == each.counts
    for fingerprint in prints:
        features = decode(fingerprint)
        for find, keys in (("with_sketch", features.sketch), ("with_terms", features)):
            found, expected = (getattr(restored._memory, find)(keys) for restored in (many, each))
            assert [column.tolist() for column in found] == [column.tolist() for column in expected]
        counts = [restored._memory.articles_with(features.terms).tolist() for restored in (many, each)]
        assert counts[0] == counts[1]
    names = {one.article_id for one in prints if index._memory.slot(one.article_id)}
    rows, *others = (
        [np.asarray(column).tolist() for column in memory.rows(np.array([*map(memory.slot, names)]))]
        for memory in (many._memory, each._memory, index._memory)
    )
    assert all(np.any(column) for column in rows)
    assert others == [rows, rows]


def test_a_value_that_is_not_a_story_is_left_out_and_reported():
    index, restored = StoryIndex(), StoryIndex()
    first, second, third = (index.add(about("flood", number), START).to_bytes() for number in range(3))
    unknown = first.replace(b'"version":%d' % VERSION, b'"version":9')
    errors: list[Exception] = []

    restored.restore_many(
        [first, b"{", b"[]", b"{}", unknown, second.replace(b"flood", b"\xff"), third], errors.append
    )

    assert [type(error).__name__ for error in errors] == [
        "ValidationError",
        "ValidationError",
        "ValidationError",
        "UnknownFingerprint",
        "ValidationError",
    ]
    assert len(restored) == 2


def test_an_event_in_another_form_is_restored_as_well():
    index, restored = StoryIndex(), StoryIndex()
    event = index.add(about("flood", 1), START)
    fields = event.model_dump(mode="json", exclude_none=True)
    fields["sequence"] = str(fields["sequence"])
    restored.restore_json(json.dumps(fields).encode())

    assert restored.add(about("flood", 2), START) == index.add(about("flood", 2), START)
