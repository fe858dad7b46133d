"""What stands in a list of places is a place."""

from __future__ import annotations

import pytest

from streams.enrich.entities.place_lists import with_listed_places
from tests.fakes.marked_text import parse_marks


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Voters in [Bodø|LOC], [Narvik|PER] and [Vadsø|PER] left.", ["LOC", "LOC", "LOC"]),
        ("The mayor of [Akureyri|PER] resigned.", ["LOC"]),
        ("People from [Akureyri|PER], who wept, left.", ["PER"]),
        ("The mayor met [Akureyri|PER].", ["PER"]),
        ("Voters in [Bodø|LOC] and [Narvik|PER] left. [Ann Narvik|PER] left.", ["LOC", "PER", "PER"]),
    ],
)
def test_a_single_word_in_a_list_of_places_is_a_place(source, expected):
    assert [str(span.type) for span in with_listed_places(*parse_marks(source))] == expected
