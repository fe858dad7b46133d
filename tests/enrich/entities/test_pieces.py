"""What the rules share that join the pieces of a name."""

from __future__ import annotations

import pytest

from streams.enrich.entities.linking.tables import load_tables
from streams.enrich.entities.pieces import is_known_place, overlapping, replace_spans
from streams.enrich.entities.taggers.base import Span
from streams.events import EntityType


def spans(*stretches: tuple[int, int]) -> list[Span]:
    return [Span(start, end, EntityType.ORG, 1.0) for start, end in stretches]


@pytest.mark.parametrize(
    ("stretch", "expected"),
    [
        ((0, 2), []),
        ((0, 3), [(2, 5)]),
        ((4, 9), [(2, 5), (8, 10)]),
        ((5, 8), []),
        ((3, 4), [(2, 5)]),
        ((10, 12), []),
    ],
)
def test_a_stretch_overlaps_the_mentions_that_share_a_character_with_it(stretch, expected):
    assert overlapping(spans((2, 5), (8, 10)), *stretch) == spans(*expected)


def test_a_joined_name_takes_the_place_of_its_pieces():
    mentions = spans((0, 2), (5, 8), (9, 12), (20, 22))

    assert replace_spans(mentions, spans((5, 12))) == spans((0, 2), (5, 12), (20, 22))


def test_of_two_joined_names_that_overlap_the_first_and_longer_stays():
    assert replace_spans([], spans((3, 9), (0, 4), (0, 6))) == spans((0, 6))


@pytest.mark.parametrize(
    ("surface", "is_known"),
    [("France", True), ("Ohio", True), ("Lagos", True), ("Dutch", True), ("Ashby", False), ("Brandt", False)],
)
def test_countries_states_peoples_and_large_cities_are_known_places(surface, is_known):
    assert is_known_place(surface, load_tables()) is is_known
