"""How much of its text an article has in common with another."""

from __future__ import annotations

import pytest

from streams.events import EnrichedArticle
from streams.stories.fingerprint import features_of
from streams.stories.memory import Entry, Memory
from streams.stories.near import containment, nearest
from tests.stories.articles import article, words

WIRE = words("wire", 400)


def remember(memory: Memory, made: EnrichedArticle) -> int:
    sequence = len(memory) + 1
    return memory.insert(Entry(made.article_id, 0, 0, sequence, None), features_of(made))


@pytest.mark.parametrize("kept", [0.5, 0.7, 0.9, 1.0])
def test_a_part_of_a_text_is_found_among_other_text(kept):
    memory = Memory(4)
    original = remember(memory, article("wire", " ".join(WIRE)))
    remember(memory, article("other", " ".join(words("other", 400))))
    part = " ".join([*words("local", 30), *WIRE[: round(kept * len(WIRE))]])

    near = nearest(features_of(article("part", part)), memory)

    assert near is not None
    assert near.slot == original


def test_containment_is_the_part_of_the_shorter_text():
    memory = Memory(4)
    slot = remember(memory, article("wire", " ".join(WIRE)))
    half = features_of(article("half", " ".join([*WIRE[:200], *words("own", 200)])))

    assert containment(set(half.sketch.tolist()), memory, slot) == pytest.approx(0.5, abs=0.2)


def test_another_text_is_not_near():
    memory = Memory(4)
    remember(memory, article("wire", " ".join(WIRE)))

    assert nearest(features_of(article("own", " ".join(words("own", 400)))), memory) is None


def test_an_article_that_left_is_no_original():
    memory = Memory(4)
    slot = remember(memory, article("wire", " ".join(WIRE)))
    memory.remove(slot)

    assert nearest(features_of(article("copy", " ".join(WIRE))), memory) is None
