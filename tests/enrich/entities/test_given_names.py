"""A given name that a place has too belongs to the person."""

from __future__ import annotations

import pytest

from tests.fakes.marked_text import mended


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[Israel|LOC] [Brandt|PER] lost.", ["Israel Brandt|PER"]),
        ("[Irving Berlin|LOC] sang.", ["Irving Berlin|PER"]),
        ("[Paris|LOC] [Mayor|PER] left.", ["Paris|LOC", "Mayor|PER"]),
        ("in [Israel|LOC] [Brandt|PER] lost.", ["Israel|LOC", "Brandt|PER"]),
        ("[Norway|LOC] [Brandt|PER] lost.", ["Norway|LOC", "Brandt|PER"]),
        ("[Israel|LOC], [Brandt|PER] said", ["Israel|LOC", "Brandt|PER"]),
    ],
)
def test_a_place_before_a_surname_is_a_given_name(source, expected):
    assert mended(source) == expected
