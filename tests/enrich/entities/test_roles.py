"""A person's role is the text's own words, right before or after the name."""

from __future__ import annotations

import pytest

from streams.enrich.entities.clusters import cluster_mentions
from streams.enrich.entities.roles import find_roles
from tests.fakes.marked_text import parse_marks


def roles(source: str) -> dict[str, str | None]:
    """Return the role of each entity of a text with marks, by its name."""
    text, spans = parse_marks(source)
    clusters = cluster_mentions(text, spans, lambda _key, _type: None)
    return dict(zip((cluster.name for cluster in clusters), find_roles(text, clusters, spans), strict=True))


@pytest.mark.parametrize(
    ("source", "role"),
    [
        ("[US|LOC] climate envoy [Anna Feld|PER] left.", "US climate envoy"),
        ("It was [Brazil|LOC]'s top negotiator, [Anna Feld|PER], who left.", "Brazil's top negotiator"),
        ("[Anna Feld|PER], [Brazil|LOC]'s top negotiator, left.", "Brazil's top negotiator"),
        ("[Anna Feld|PER], 52, a tribal leader, left.", "tribal leader"),
        ("[Anna Feld|PER] — president of the [Energy Agency|ORG] — left.", "president of the Energy Agency"),
        ("Its director, [Anna Feld|PER], left.", "director"),
        ("Former Prime Minister Dr. [Anna Feld|PER] left.", "Former Prime Minister"),
    ],
)
def test_a_role_stands_before_or_after_the_name(source, role):
    assert roles(source)["Anna Feld"] == role


@pytest.mark.parametrize(
    "source",
    [
        "Ms [Anna Feld|PER] left.",
        "Yesterday, [Anna Feld|PER] left.",
        "[Anna Feld|PER], President [Bo Lund|PER] and others left.",
        "The talks failed. [Anna Feld|PER] left.",
    ],
)
def test_a_form_of_address_or_the_title_of_another_is_not_a_role(source):
    assert roles(source)["Anna Feld"] is None


def test_a_role_at_the_full_name_counts_before_one_at_the_surname():
    source = "Lawyer [Feld|PER] spoke. Later the envoy [Anna Feld|PER] left."

    assert roles(source) == {"Anna Feld": "envoy"}


def test_a_fuller_form_of_the_same_role_is_preferred():
    source = "The envoy [Anna Feld|PER] spoke. [Feld|PER], the [US|LOC] climate envoy, left."

    assert roles(source)["Anna Feld"] == "US climate envoy"


def test_only_people_have_roles():
    assert roles("The envoy of [Brazil|LOC] left.") == {"Brazil": None}
