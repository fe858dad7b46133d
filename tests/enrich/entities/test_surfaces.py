"""A mention covers the name alone, and spellings of one name have one key."""

from __future__ import annotations

import pytest

from streams.enrich.entities.surfaces import LONGEST_NAME, is_whole, key_of, trim_spans
from streams.enrich.entities.taggers.base import Span
from streams.events import EntityType
from tests.fakes.marked_text import parse_marks


def trimmed(source: str) -> list[str]:
    """Return the names that are left of the marked ones."""
    text, spans = parse_marks(source)
    return [text[span.start : span.end] for span in trim_spans(text, spans)]


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("[the White House|ORG] said", ["White House"]),
        ("[Norway's|LOC] envoy", ["Norway"]),
        ("[“Anna Feld,”|PER] he said", ["Anna Feld"]),
        ("he lives in [Oslo.|LOC]", ["Oslo"]),
        ("he lives in the [U.S.|LOC]", ["U.S."]),
        ("it was [Acme Corp.|ORG]", ["Acme Corp."]),
        ("it was [Acme! Inc.|ORG]", ["Acme! Inc."]),
        ("he lives in [Ont.|LOC]", ["Ont."]),
        ("he left [Oslo. Norway|LOC] waits", ["Oslo", "Norway"]),
        ("in [2024|MISC]", []),
    ],
)
def test_a_mention_loses_its_article_genitive_and_marks_but_not_the_dot_of_an_abbreviation(source, names):
    assert trimmed(source) == names


def test_of_two_mentions_that_overlap_the_first_and_the_longer_stays():
    text = "New York Times"
    city, paper, rest = (Span(start, end, EntityType.ORG, 1.0) for start, end in ((0, 8), (0, 14), (4, 14)))

    assert trim_spans(text, [rest, city, paper]) == [paper]


def test_a_mention_as_long_as_a_paragraph_is_a_mistake():
    assert trim_spans("a" * 300, [Span(0, LONGEST_NAME + 1, EntityType.ORG, 1.0)]) == []


@pytest.mark.parametrize(
    ("surface", "other"),
    [
        ("U.S.", "us"),
        ("Côte d’Ivoire", "Cote d'Ivoire"),
        ("Łódź", "Lodz"),
        ("Diyarbakır", "Diyarbakir"),
        ("al-Sisi", "Al Sisi"),
        ("The White House", "White  House"),
    ],
)
def test_spellings_of_one_name_have_one_key(surface, other):
    assert key_of(surface) == key_of(other)


@pytest.mark.parametrize(
    ("text", "whole"),
    [("Feld spoke", True), ("(Feld)", True), ("Feldmann", False), ("anna-Feld", False), ("@Feld", False)],
)
def test_a_name_is_whole_unless_a_letter_or_hyphen_beside_it_makes_it_part_of_another(text, whole):
    at = text.index("Feld")

    assert is_whole(text, at, at + 4) is whole
