"""The table of regions has the names that news writes after a town's name."""

from __future__ import annotations

import pytest

from streams.training.tables.regions import regions
from streams.training.tables.territories import territories
from tests.fakes.table_sources import FakeSources


@pytest.fixture
def rows():
    sources = FakeSources()
    return {row[:2]: row[2:] for row in regions(sources, territories(sources))}


def test_a_state_has_its_iso_code_its_postal_code_and_its_press_abbreviation(rows):
    assert rows["US", "WA"] == ("US-WA", "Washington", "", "", "WA|Wash.")


def test_a_word_that_news_leaves_out_makes_another_name(rows):
    assert rows["TN", "36"] == ("", "Tunis Governorate", "Tunis", "", "")


def test_english_counties_stand_for_england(rows):
    counties = rows["GB", "ENG"][3].split("|")

    assert {"County Durham", "Yorkshire"} <= set(counties)


def test_counties_of_other_countries_are_left_out(rows):
    assert not any("King" in field for row in rows.values() for field in row)
