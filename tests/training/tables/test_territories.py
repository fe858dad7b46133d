"""The table of territories has the forms that English news uses, each for one territory."""

from __future__ import annotations

import pytest

from streams.training.tables.territories import territories
from tests.fakes.table_sources import FakeSources


@pytest.fixture
def rows():
    return {row.name: row for row in territories(FakeSources())}


def test_a_country_has_its_ids_and_its_demonym_in_the_plural_too(rows):
    tunisia = rows["Tunisia"]

    assert (tunisia.wikidata, tunisia.kind, tunisia.iso3166, tunisia.geonames) == (
        *("Q948", "country"),
        *("TN", "2464461"),
    )
    assert tunisia.demonyms == {"Tunisian", "Tunisians"}


def test_a_form_that_names_a_city_or_is_a_code_is_left_out(rows):
    assert rows["Tunisia"].aliases == {"Tunisian Republic", "Republic of Tunisia"}


def test_weak_names_count_only_if_they_were_chosen(rows):
    assert rows["United Kingdom"].aliases == {"UK", "Britain"}


def test_a_state_has_its_press_abbreviation(rows):
    state = rows["Washington"]

    assert (state.kind, state.geonames, state.aliases) == ("subdivision", "5815135", {"Wash."})


def test_a_subdivision_that_shares_its_name_with_a_large_city_is_left_out(rows):
    assert "São Paulo" not in rows


def test_regions_are_added_and_codes_that_are_not_territories_are_left_out(rows):
    assert rows["Western Europe"].kind == "region"
    assert "World" not in rows
