"""Ids come from the tables, and only where the text leaves no doubt."""

from __future__ import annotations

import pytest

from streams.enrich.entities.clusters import cluster_mentions
from streams.enrich.entities.linking.identities import identify
from streams.enrich.entities.linking.tables import IdentityTables, load_tables
from tests.fakes.marked_text import parse_marks


@pytest.fixture(scope="module")
def tables() -> IdentityTables:
    return load_tables()


def ids(tables: IdentityTables, source: str) -> dict[str, dict[str, str]]:
    """Return the ids of each entity of a text with marks, by the entity's name."""
    text, spans = parse_marks(source)
    clusters = cluster_mentions(text, spans, tables.canonical_name)
    return dict(zip((c.name for c in clusters), identify(text, clusters, tables), strict=True))


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
        "[Brazil|LOC] captain Ana Prado scored a late goal to beat the hosts.",
        "[Brazil|ORG] won the World Cup final.",
        "The book is out in [Spanish|MISC].",
        "[Ministry of Transport|ORG] officials said so.",
        "[Amazon|ORG] had no comment.",
        "The [House|ORG] passed the bill.",
        "The [White House|ORG] had no comment.",
        "[Volkswagen AG|ORG] named a chief.",
        "The [House of Commons|ORG] met. The [Commons|ORG] voted.",
        "[Emerson University|ORG] is old.",
        "Her advocate, Ana Prado, [SC|LOC], told the court.",
        "He speaks no [Spanish|MISC] and left.",
        "It was translated into [French|MISC], [Italian|MISC] and [Turkish|MISC] last year.",
        "[Italy|LOC] arrived having won the last three world titles.",
        "They host [Brazil|LOC] vs [Croatia|LOC] in May.",
        "He was hurt in the game against [Mexico|LOC].",
        "[Spanish|MISC] is the primary communication language of the group.",
        "The city of [Luhansk|LOC] is far.",
    ],
)
def test_a_name_in_doubt_has_no_id(tables, source):
    assert set(map(str, ids(tables, source).values())) == {"{}"}


def test_of_cities_with_one_name_the_text_means_the_one_whose_country_it_names(tables):
    assert ids(tables, "[Cambridge|LOC] is old.")["Cambridge"] == {}
    assert ids(tables, "[Cambridge|LOC] is in [Britain|LOC].")["Cambridge"] == {"geonames": "2653941"}
    assert ids(tables, "[Cambridge|LOC], [Massachusetts|LOC].")["Cambridge"] == {"geonames": "4931972"}


@pytest.mark.parametrize(
    "source",
    [
        "[Washington|LOC] state voted. So did [Oregon|LOC].",
        "[Oregon|LOC], [Washington|LOC] and [Idaho|LOC] voted.",
        "He lives in [Seattle|LOC], [Washington|LOC].",
        "[Warren|LOC] won in [Ohio|LOC].",
        "High in the [Andes|LOC], in [Colombia|LOC].",
        "[Hollywood|LOC] films are shown in [Florida|LOC].",
    ],
)
def test_a_name_that_may_be_a_state_a_person_or_a_mountain_is_not_linked_to_a_city(tables, source):
    found = ids(tables, source)

    assert [found.get(name, {}) for name in ("Washington", "Warren", "Andes", "Hollywood")] == [{}] * 4


@pytest.mark.parametrize(
    ("source", "name", "expected"),
    [
        ("Talks in [Washington|LOC] and [Paris|LOC].", "Washington", "4140963"),
        ("He was born in [Warren|LOC], [Ohio|LOC].", "Warren", "5175865"),
        ("The water of [Flint|LOC], [Michigan|LOC].", "Flint", "4992982"),
    ],
)
def test_a_city_with_a_shared_name_is_linked_where_the_text_says_where_it_lies(
    tables, source, name, expected
):
    assert ids(tables, source)[name] == {"geonames": expected}


def test_a_city_far_larger_than_its_namesakes_is_linked_without_help_from_the_text(tables):
    assert ids(tables, "Talks in [Nairobi|LOC].")["Nairobi"] == {"geonames": "184745"}


def test_a_country_in_a_sports_report_is_linked_where_the_text_means_the_place(tables):
    found = ids(tables, "The league match was played in [France|LOC] before the coach left.")

    assert found["France"]["iso3166"] == "FR"
