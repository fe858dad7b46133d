"""Ids come from the tables, and only where the text leaves no doubt."""

from __future__ import annotations

import re

import pytest

from streams.enrich.entities.clusters import cluster_mentions
from streams.enrich.entities.consistency import make_consistent
from streams.enrich.entities.linking.identities import identify
from streams.enrich.entities.linking.tables import IdentityTables, load_tables
from streams.enrich.entities.taggers.base import Span
from streams.events import EntityType

MARKED = re.compile(r"\[([^]|]+)\|(PER|ORG|LOC|MISC)\]")


@pytest.fixture(scope="module")
def tables() -> IdentityTables:
    return load_tables()


def ids(tables: IdentityTables, source: str) -> dict[str, dict[str, str]]:
    """The ids of each entity of a text whose mentions are marked [Brazil|LOC], by the entity's name."""
    text, spans, position = "", [], 0
    for match in MARKED.finditer(source):
        text += source[position : match.start()]
        spans.append(Span(len(text), len(text) + len(match[1]), EntityType(match[2]), 1.0))
        text += match[1]
        position = match.end()
    text += source[position:]
    clusters = cluster_mentions(text, spans, tables.canonical_name)
    return {c.name: found for c, found in zip(clusters, identify(text, clusters, tables), strict=True)}


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
def test_what_the_tables_know_has_ids(tables, source, name, expected):
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
def test_where_there_is_doubt_there_is_no_id(tables, source):
    assert set(map(str, ids(tables, source).values())) == {"{}"}


def test_a_city_of_many_namesakes_is_the_one_whose_country_the_text_names(tables):
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
def test_what_may_be_a_state_a_person_or_a_mountain_is_no_city(tables, source):
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
def test_a_city_with_a_shared_name_is_one_where_the_text_says_where_it_lies(tables, source, name, expected):
    assert ids(tables, source)[name] == {"geonames": expected}


def test_a_city_far_larger_than_its_namesakes_needs_no_help(tables):
    assert ids(tables, "Talks in [Nairobi|LOC].")["Nairobi"] == {"geonames": "184745"}


def test_a_country_in_a_sports_report_is_linked_where_the_text_means_the_place(tables):
    found = ids(tables, "The league match was played in [France|LOC] before the coach left.")

    assert found["France"]["iso3166"] == "FR"


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
def test_a_short_name_is_joined_to_no_longer_one_of_another_thing(tables, source, names):
    assert list(ids(tables, source)) == names


def test_the_name_of_a_company_without_its_legal_form_is_no_place(tables):
    text = "Madeira Inc signed a letter. Tradevest would own most of Madeira."
    company = Span(0, 11, EntityType.ORG, 0.5)
    place = Span(text.rindex("Madeira"), len(text) - 1, EntityType.LOC, 0.4)

    typed = make_consistent(text, [company, place], tables.usual_types(text, [company, place]))

    assert [span.type for span in typed] == [EntityType.ORG, EntityType.ORG]


@pytest.mark.parametrize(
    ("text", "expected"), [("Norway's envoy left Bergen.", EntityType.LOC), ("One envoy left Bergen.", None)]
)
def test_a_large_city_is_a_place_in_an_article_that_names_its_country(tables, text, expected):
    spans = [Span(0, 6, EntityType.LOC, 1.0)]  # Norway, or nothing

    assert tables.usual_types(text, spans)("bergen") is expected


def test_one_that_the_tagger_takes_for_a_person_now_and_then_is_none(tables):
    text = "Oslo called the penalty arbitrary. Norway hoped that Oslo would wait. Talks in Oslo went on."
    oslo = [match.start() for match in re.finditer("Oslo", text)]
    kinds = [(EntityType.PER, 0.9), (EntityType.PER, 0.8), (EntityType.LOC, 0.8)]
    spans = [Span(at, at + 4, *kind) for at, kind in zip(oslo, kinds, strict=True)]
    spans = sorted([*spans, Span(35, 41, EntityType.LOC, 1.0)])

    typed = make_consistent(text, spans, tables.usual_types(text, spans))

    assert {span.type for span in typed} == {EntityType.LOC}


def test_names_in_small_letters_count_in_a_text_that_writes_them_so() -> None:
    text = "I went to hanoi and then to delhi. Both were Great. My Friend Anna stayed in cordoba."
    spans = [
        Span(text.index(name), text.index(name) + len(name), EntityType.LOC, 0.9)
        for name in ("hanoi", "delhi", "cordoba")
    ]

    assert make_consistent(text, spans) == spans
    text = "Anna, " * 12 + text
    capitals = [Span(at, at + 4, EntityType.PER, 0.9) for at in range(0, 72, 6)]
    small = Span(text.index("hanoi"), text.index("hanoi") + 5, EntityType.LOC, 0.9)
    assert small not in make_consistent(text, [*capitals, small])
