"""The ids of events."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.web.positions import as_id, furthest, is_behind, parse_id

POSITIONS = st.dictionaries(st.integers(0, 999_999), st.integers(0, 10**18 - 1), min_size=1, max_size=20)


@given(POSITIONS)
def test_an_id_leads_back_to_its_positions(positions):
    assert parse_id(as_id(positions)) == positions


@pytest.mark.parametrize(
    "text", [None, "", "7", "0:", ":1", "0:1,", "0:-1", "0:1\n", "0:1 2", "٣:1", "0:1" * 9999]
)
def test_what_is_not_an_id_of_ours_is_no_position(text):
    if text == "0:1\n":
        assert parse_id(text) == {0: 1}  # white space around it is what a header may have
    else:
        assert parse_id(text) is None


@given(POSITIONS, POSITIONS)
def test_the_furthest_of_two_positions_is_behind_neither(first, second):
    both = furthest(first, second)

    assert not is_behind(both, first)
    assert not is_behind(both, second)
    assert set(both.values()) <= {*first.values(), *second.values()}


def test_a_position_without_a_partition_is_behind_one_that_has_it():
    assert is_behind({0: 5}, {0: 5, 1: 0})
    assert not is_behind({0: 5, 1: 0}, {0: 5})
