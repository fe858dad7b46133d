"""The table of cities is sorted by size and marks names that other things share."""

from __future__ import annotations

from streams.training.tables.cities import cities, towns
from streams.training.tables.territories import territories
from tests.fakes.table_sources import FakeSources


def test_cities_come_by_size_with_the_spellings_that_english_news_uses():
    rows = list(cities(FakeSources()))

    assert [row[1] for row in rows][:3] == ["São Paulo", "Kyiv", "Tunis"]
    assert {row[1]: row[5] for row in rows if row[5]} == {"São Paulo": "Sao Paulo", "Kyiv": "Kiev"}


def test_a_small_city_whose_name_is_also_a_word_is_marked():
    marks = {row[1]: row[6] for row in cities(FakeSources())}

    assert marks == {"São Paulo": "", "Kyiv": "", "Tunis": "", "Flint": "x", "Lafayette": ""}


def test_a_town_is_listed_if_a_city_or_a_territory_elsewhere_has_its_name():
    sources = FakeSources()

    assert list(towns(sources, territories(sources))) == [("9000", "Tunis", "US", "WA", "9000")]
