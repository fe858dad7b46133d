"""A name that the tagger marked in one place of an article is marked, and in full, in all places."""

from __future__ import annotations

import pytest

from streams.enrich.entities.completion import COMPLETED_SCORE, complete_mentions
from streams.enrich.entities.consistency import make_consistent
from streams.enrich.entities.taggers.base import Span
from streams.events import EntityType


def test_a_name_that_was_marked_once_is_marked_wherever_it_stands():
    text = "Anna Feld spoke. Anna Feld left, and Feld will not return."

    spans = make_consistent(text, [Span(0, 9, EntityType.PER, 0.9)])

    assert [text[span.start : span.end] for span in spans] == ["Anna Feld", "Anna Feld", "Feld"]
    assert {span.type for span in spans} == {EntityType.PER}


def test_a_word_that_the_tagger_left_out_more_often_than_it_marked_it_is_not_added():
    text = "May won. In May it rained. It may rain in May. May was cold."

    spans = make_consistent(text, [Span(0, 3, EntityType.PER, 0.9)])

    assert [(span.start, span.end) for span in spans] == [(0, 3)]


def test_a_name_that_was_marked_in_part_is_marked_in_full():
    text = "Anna Feld spoke. Later Anna Feld left."
    whole, part = Span(0, 9, EntityType.PER, 0.9), Span(23, 27, EntityType.PER, 0.4)

    spans = complete_mentions(text, [whole, part], {"Anna Feld": EntityType.PER}, {})

    assert spans == [whole, Span(23, 32, EntityType.PER, COMPLETED_SCORE)]


@pytest.mark.parametrize("text", ["Feldmann spoke of Feld.", "The anna-Feld road. Feld spoke."])
def test_a_name_inside_a_longer_word_is_not_marked(text):
    at = text.rindex("Feld")

    spans = complete_mentions(text, [], {}, {"Feld": EntityType.PER})

    assert [span.start for span in spans] == [at]


def test_a_place_that_the_tagger_left_out_is_not_added():
    text = "Georgia voted. Georgia spoke."
    span = Span(0, 7, EntityType.LOC, 0.9)

    assert complete_mentions(text, [span], {"Georgia": EntityType.LOC}, {}) == [span]
