"""A company that has the name of a place is a company where the text says so."""

from __future__ import annotations

import pytest

from streams.enrich.entities.brands import find_branded_places
from streams.enrich.entities.linking.locations import LocationReader
from streams.enrich.entities.linking.tables import load_tables
from streams.enrich.entities.readings import settle_readings
from tests.fakes.marked_text import parse_marks


def brands(source: str) -> set[str]:
    return find_branded_places(*parse_marks(source), load_tables())


def types(source: str) -> list[str]:
    """Return the types of the mentions of a text with marks, after its brands were found."""
    text, spans = parse_marks(source)
    tables = load_tables()
    found = find_branded_places(text, spans, tables)
    settled = settle_readings(text, spans, spans, tables, LocationReader(text, tables), found)
    return [str(span.type) for span in settled]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("[Hershey|LOC] raised its prices. The chocolate maker has a factory in [Hershey|LOC].", "Hershey"),
        ("[Hershey|LOC], a maker of bars, left [Ohio|LOC].", "Hershey"),
        ("[Santander|LOC] closed its branch in [Santander|LOC]. The bank is old.", "Santander"),
        ("[Amazon|LOC] raised its prices.", "Amazon"),
        ("Rain fell, and [Corning|LOC] has made glass since 1868. The company is old.", "Corning"),
    ],
)
def test_a_place_that_acts_as_a_company_is_one(source, name):
    assert brands(source) == {name}


@pytest.mark.parametrize(
    "source",
    [
        "[Chicago|LOC] raised its sales tax.",
        "[Japan|LOC] raised its sales tax. The company left.",
        "Schools in [Hershey|LOC] closed their doors. The company left.",
        "[Chicago|LOC] closed its schools. The mayor spoke of sales.",
        "[Hershey|LOC] froze.",
    ],
)
def test_a_city_or_a_country_that_acts_is_no_company(source):
    assert brands(source) == set()


def test_a_brand_and_its_place_are_told_apart_at_each_mention():
    source = (
        "[Patagonia|LOC], the maker of jackets, gave a million. The glaciers of [Patagonia|LOC] melt, and "
        "[Patagonia|LOC] wants to help."
    )

    assert types(source) == ["ORG", "LOC", "ORG"]
