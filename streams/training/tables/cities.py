"""The rows of cities.tsv and towns.tsv, from GeoNames: larger cities, and smaller towns of the same names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from streams.enrich.entities.linking.tables import LARGE_CITY
from streams.enrich.entities.surfaces import key_of
from streams.training.tables.choices import load_choices
from streams.training.tables.sources import Sources
from streams.training.tables.territories import Territory
from streams.training.tables.writing import join_forms, without_accents

_CHOICES = load_choices("cities")
ALIASES = frozenset(_CHOICES["aliases"])
NAMESAKES = frozenset(_CHOICES["namesakes"])
TOWN_COUNTRIES = frozenset(_CHOICES["town_countries"])

# WordNet's lexicographer files of places, and of natural objects: mountains, rivers, seas.
PLACE, NATURE = "15", "17"


def cities(sources: Sources) -> Iterator[tuple[str, ...]]:
    """Yield the rows, the largest city first; the last field marks names that other things share."""
    for city in sorted(sources.cities.values(), key=lambda c: (-c["population"], c["geonameid"])):
        name = city["name"]
        aliases = {without_accents(name), *(ALIASES & set(city["alternatenames"]))} - {name, ""}
        yield (
            str(city["geonameid"]),
            name,
            city["countrycode"],
            city["admin1code"],
            str(city["population"]),
            join_forms(aliases),
            "x" if _is_shared(city, sources.senses) else "",
        )


def towns(sources: Sources, places: list[Territory]) -> Iterator[tuple[str, ...]]:
    """Yield the rows of smaller towns that have the name of a city or territory, the largest town first.

    English news tells them from their namesakes by the state or province: "Moscow, Idaho".
    """
    known = {key_of(city["name"]) for city in sources.cities.values()}
    known |= {key_of(form) for place in places for form in (place.name, *place.aliases)}
    for town in sorted(sources.towns.values(), key=lambda t: (-t["population"], t["geonameid"])):
        is_town = town["countrycode"] in TOWN_COUNTRIES and str(town["geonameid"]) not in sources.cities
        if is_town and key_of(town["name"]) in known:
            yield (
                str(town["geonameid"]),
                town["name"],
                town["countrycode"],
                town["admin1code"],
                str(town["population"]),
            )


def _is_shared(city: dict[str, Any], senses: dict[str, set[str]]) -> bool:
    """Return True if a small city's name is also a word, a person or a mountain: Flint, Warren, Andes.

    A large city shares its name only if `NAMESAKES` lists it.
    """
    if city["population"] >= LARGE_CITY:
        return city["name"] in NAMESAKES
    others = senses.get(key_of(city["name"]), set())
    return bool(others) and (NATURE in others or PLACE not in others)
