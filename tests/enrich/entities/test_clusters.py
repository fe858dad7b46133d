"""Mentions of one thing form one cluster, and those of two things form two."""

from __future__ import annotations

import pytest

from streams.enrich.entities.clusters import cluster_mentions
from streams.enrich.entities.linking.tables import load_tables
from tests.fakes.marked_text import parse_marks


def clusters(source: str) -> dict[str, list[str]]:
    """Return the surface forms of each cluster of a text with marks, by the cluster's name."""
    text, spans = parse_marks(source)
    return {
        cluster.name: [text[span.start : span.end] for span in cluster.spans]
        for cluster in cluster_mentions(text, spans, load_tables().canonical_name)
    }


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
        ("[John F. Kerry|PER] spoke. Mr [Kerry|PER] left.", {"John F. Kerry": ["John F. Kerry", "Kerry"]}),
        ("[Joseph Biden|PER] spoke. [Joe Biden|PER] left.", {"Joseph Biden": ["Joseph Biden", "Joe Biden"]}),
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


def test_a_surname_that_two_people_share_goes_to_the_one_whose_honorific_fits():
    source = "Mr [Diego Castro|PER] met Ms [Elena Castro|PER]. Mr [Castro|PER] left. Ms [Castro|PER] stayed."

    assert clusters(source) == {
        "Diego Castro": ["Diego Castro", "Castro"],
        "Elena Castro": ["Elena Castro", "Castro"],
    }


def test_a_surname_that_two_people_share_goes_to_the_one_named_last():
    source = "[Ana Lee|PER] met [Bo Lee|PER]. [Lee|PER] spoke. [Ana Lee|PER] agreed, and [Lee|PER] left."

    assert clusters(source) == {"Ana Lee": ["Ana Lee", "Ana Lee", "Lee"], "Bo Lee": ["Bo Lee", "Lee"]}
