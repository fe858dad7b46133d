"""The tables complete names that a tagger cuts short, splits wrongly or misses."""

from __future__ import annotations

import pytest

from streams.enrich.entities.linking.locations import LocationReader
from streams.enrich.entities.linking.tables import load_tables
from streams.enrich.entities.table_names import TableNames
from tests.fakes.marked_text import parse_marks


def completed(source: str) -> list[str]:
    """Return the mentions of a text with marks after completion, as `name|TYPE`."""
    text, spans = parse_marks(source)
    return [
        f"{text[s.start : s.end]}|{s.type}"
        for s in TableNames(text, load_tables(), LocationReader(text, load_tables())).complete(spans)
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("the army of DR [Congo|LOC]", ["DR Congo|LOC"]),
        ("in [French|MISC] [Polynesia|LOC]", ["French Polynesia|LOC"]),
        ("the army of DR\n[Congo|LOC]", ["DR\nCongo|LOC"]),
        ("Peru\n\n[Virginia|LOC]\n\n[Kansas|LOC]", ["Virginia|LOC", "Kansas|LOC"]),
        ("Peru\nDR\t[Congo|LOC]", ["DR\tCongo|LOC"]),
        ("the [Congo|LOC] is long", ["Congo|LOC"]),
        ("The [United States|LOC] won", ["United States|LOC"]),
        ("to [Australia|LOC] and [New Zealand|LOC]", ["Australia|LOC", "New Zealand|LOC"]),
    ],
)
def test_a_place_is_marked_by_its_fullest_name(source, expected):
    assert completed(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("He went to the U.A.E. It was hot.", ["U.A.E.|LOC"]),
        ("Envoys of the [U.N.|ORG] met in the U.S.S.R.", ["U.N.|ORG", "U.S.S.R.|LOC"]),
        ("It cost two billion U.S. dollars.", []),
        ("Written by J.R.R. and P.D. in 1920.", []),
    ],
)
def test_an_abbreviation_of_a_country_with_dots_is_marked(source, expected):
    assert completed(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[Dover, DE|LOC], froze.", ["Dover|LOC", "DE|LOC"]),
        ("[Dover|LOC], Del., froze.", ["Dover|LOC", "Del.|LOC"]),
        ("[Georgetown, Guyana|LOC], froze.", ["Georgetown|LOC", "Guyana|LOC"]),
        ("[Gary|PER], Indiana, froze.", ["Gary|PER", "Indiana|LOC"]),
        ("[Oxford|LOC], [Miss|ORG]., froze.", ["Oxford|LOC", "Miss.|LOC"]),
        ("[Paris|LOC], Mich., froze.", ["Paris|LOC", "Mich.|LOC"]),
        ("[Washington, D.C.|LOC], froze.", ["Washington, D.C.|LOC"]),
        ("[Lee, Ray|ORG] froze.", ["Lee, Ray|ORG"]),
    ],
)
def test_a_town_and_its_region_are_two_mentions(source, expected):
    assert completed(source) == expected


def test_a_town_with_its_region_is_a_place_whatever_its_mentions_look_like():
    text, spans = parse_marks("[Gary|PER], Indiana, froze.")
    names = TableNames(text, load_tables(), LocationReader(text, load_tables()))

    names.complete(spans)

    assert names.places == {"gary"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[Tromsø|PER] froze.", ["Tromsø|LOC"]),
        ("Nurses in Iași and [Târgu|PER] [Mureș|ORG] left.", ["Iași|LOC", "Târgu Mureș|LOC"]),
        ("Nurses in Braşov left.", ["Braşov|LOC"]),
        ("She left [Oslo|LOC]. [Braşov|ORG]'s factory closed.", ["Oslo|LOC", "Braşov|LOC"]),
        ("Dr. [Braşov|PER] left.", ["Braşov|PER"]),
        ("The poet Ana Brașov left.", []),
        ("[Ana Brașov|PER] left. [Brașov|PER] wept.", ["Ana Brașov|PER", "Brașov|PER"]),
        ("President [Brașov|PER] left.", ["Brașov|PER"]),
        ("[Brașov FC|ORG] won.", ["Brașov FC|ORG"]),
    ],
)
def test_a_town_with_diacritics_is_a_place_unless_it_is_a_persons_name(source, expected):
    assert completed(source) == expected
