"""Ids come from the tables, and only where the text leaves no doubt."""

from __future__ import annotations

import pytest

from tests.enrich.entities.linking.ids import ids


@pytest.mark.parametrize(
    ("source", "name", "expected"),
    [
        (
            "The [U.S.|LOC] and the [United States|LOC].",
            "United States",
            {"iso3166": "US", "wikidata": "Q30"},
        ),
        ("[Denmark|LOC] voted.", "Denmark", {"iso3166": "DK", "wikidata": "Q35"}),
        ("[Côte d'Ivoire|LOC] sells cocoa.", "Côte d'Ivoire", {"iso3166": "CI", "wikidata": "Q1008"}),
        ("The [Soviet Union|LOC] fell.", "Soviet Union", {"wikidata": "Q15180"}),
        ("[Bavaria|LOC] voted.", "Bavaria", {"iso3166": "DE-BY", "wikidata": "Q980"}),
        ("The [EU|ORG] voted.", "EU", {"wikidata": "Q458"}),
        ("[Boeing Co|ORG] sold jets.", "Boeing Co", {"wikidata": "Q66"}),
        ("[Iraqis|MISC] voted.", "Iraqis", {"iso3166": "IQ", "wikidata": "Q796"}),
        ("[Crimea|LOC] voted.", "Crimea", {"wikidata": "Q7835"}),
        ("The mayor of [D.C.|LOC] spoke.", "D.C.", {"iso3166": "US-DC", "wikidata": "Q61"}),
        ("A senator, R-[SC|LOC], and the [U.S.|LOC]", "SC", {"iso3166": "US-SC", "wikidata": "Q1456"}),
        (
            "[Southern California Edison|ORG]. [Edison|ORG].",
            "Southern California Edison",
            {"wikidata": "Q1706317"},
        ),
        ("[Tesla|ORG] and [Google|ORG].", "Tesla", {"wikidata": "Q478214"}),
        ("The [U.S. Navy|ORG] and the [UN|ORG].", "UN", {"wikidata": "Q1065"}),
        ("The [U.S. Navy|ORG] and the [UN|ORG].", "U.S. Navy", {"wikidata": None}),
    ],
)
def test_a_name_in_the_tables_has_ids(tables, source, name, expected):
    found = ids(tables, source)[name]

    assert {scheme: found.get(scheme) for scheme in expected} == expected


@pytest.mark.parametrize(
    "source",
    [
        "[Atlantis|LOC] sank.",
        "[Jane Brazil|PER] sang.",
        "[Georgia|LOC] voted.",
        "[Springfield|LOC] voted.",
        "[Ministry of Transport|ORG] officials said so.",
        "[Amazon|ORG] had no comment.",
        "The [House|ORG] passed the bill.",
        "The [White House|ORG] had no comment.",
        "[Volkswagen AG|ORG] named a chief.",
        "The [House of Commons|ORG] met. The [Commons|ORG] voted.",
        "[Emerson University|ORG] is old.",
        "Her advocate, Ana Prado, [SC|LOC], told the court.",
        "The city of [Luhansk|LOC] is far.",
    ],
)
def test_a_name_in_doubt_has_no_id(tables, source):
    assert set(map(str, ids(tables, source).values())) == {"{}"}


def test_a_city_far_larger_than_its_namesakes_is_linked_without_help_from_the_text(tables):
    assert ids(tables, "Talks in [Nairobi|LOC].")["Nairobi"] == {"geonames": "184745"}
