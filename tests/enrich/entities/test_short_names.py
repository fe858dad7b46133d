"""A short name of an organisation or a place joins the fuller name that it is short for, and no other."""

from __future__ import annotations

import pytest

from tests.fakes.marked_text import clusters


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("The [White House|ORG] wrote to the [House|ORG].", ["White House", "House"]),
        ("The [Ohio House|ORG] met. The [House|ORG] voted.", ["Ohio House"]),
        ("The [House of Representatives|ORG] met. The [House|ORG] voted.", ["House of Representatives"]),
        ("The [House of Commons|ORG] met. The [House|ORG] voted.", ["House of Commons", "House"]),
        ("The [U.S. House|ORG] met. The [House|ORG] voted.", ["U.S. House"]),
        ("[Boeing|ORG] sold a [Boeing 777|ORG].", ["Boeing", "Boeing 777"]),
    ],
)
def test_a_short_name_does_not_join_a_longer_one_of_another_thing(source, names):
    assert list(clusters(source)) == names


@pytest.mark.parametrize(
    ("source", "forms"),
    [
        (
            "[Tokyo Electric Power Company|ORG], or [TEPCO|ORG].",
            {"Tokyo Electric Power Company": ["Tokyo Electric Power Company", "TEPCO"]},
        ),
        (
            "The [Federal Reserve|ORG] met. The [Fed|ORG] waits.",
            {"Federal Reserve": ["Federal Reserve", "Fed"]},
        ),
        (
            "[Heathrow Airport|LOC] shut. [Heathrow|LOC] opens.",
            {"Heathrow Airport": ["Heathrow Airport", "Heathrow"]},
        ),
        ("[Goldman Sachs|ORG] rose. [Goldman|ORG] fell.", {"Goldman Sachs": ["Goldman Sachs", "Goldman"]}),
    ],
)
def test_a_short_name_joins_the_full_name(source, forms):
    assert clusters(source) == forms
