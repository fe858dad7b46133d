"""The rows of cities.tsv: cities of 15,000 people and more, from GeoNames."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from streams.enrich.entities.linking.tables import LARGE_CITY
from streams.enrich.entities.surfaces import key_of
from streams.training.tables.choices import load_choices
from streams.training.tables.sources import Sources
from streams.training.tables.writing import join_forms, without_accents

_CHOICES = load_choices("cities")
ALIASES = frozenset(_CHOICES["aliases"])
NAMESAKES = frozenset(_CHOICES["namesakes"])

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


def _is_shared(city: dict[str, Any], senses: dict[str, set[str]]) -> bool:
    """Return True if a small city's name is also a word, a person or a mountain: Flint, Warren, Andes.

    A large city shares its name only if `NAMESAKES` lists it.
    """
    if city["population"] >= LARGE_CITY:
        return city["name"] in NAMESAKES
    others = senses.get(key_of(city["name"]), set())
    return bool(others) and (NATURE in others or PLACE not in others)
