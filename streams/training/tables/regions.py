"""The rows of regions.tsv: the states, provinces and counties that news names after a town, from GeoNames.

They tell which of the towns of one name is meant; territories.tsv has their ids. A county that has the name
of a city of its country is left out: "London, Bolton and Leeds" is a list.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from streams.enrich.entities.surfaces import key_of
from streams.training.tables.choices import alternatives, load_choices
from streams.training.tables.sources import Sources
from streams.training.tables.territories import Territory
from streams.training.tables.writing import join_forms

_CHOICES = load_choices("regions")
COUNTIES: dict[str, list[str]] = _CHOICES["counties"]
ABBREVIATIONS: dict[str, list[str]] = _CHOICES["abbreviations"]
COUNTRIES_OF_COUNTIES = tuple(f"{country}." for country in _CHOICES["countries_of_counties"])
POSTAL_COUNTRIES = ("US", "CA")

_FIRST_WORDS = re.compile(rf"({alternatives(sorted(_CHOICES['first_words'], reverse=True))}) ")
_LAST_WORDS = re.compile(rf" ({alternatives(_CHOICES['last_words'])})$")


def regions(sources: Sources, places: list[Territory]) -> Iterator[tuple[str, ...]]:
    """Yield the rows: country, GeoNames code, ISO code, name, other names, counties, abbreviations."""
    codes = _iso_codes(places)
    cities = {(city["countrycode"], key_of(city["name"])) for city in sources.cities.values()}
    counties = defaultdict(set, {code: set(names) for code, names in COUNTIES.items()})
    for county in sources.counties:
        if county["code"].startswith(COUNTRIES_OF_COUNTIES):
            forms = {f for f in _forms(county["name"]) if (county["code"][:2], key_of(f)) not in cities}
            counties[county["code"].rpartition(".")[0]] |= forms
    for region in sorted(sources.regions, key=lambda row: row["code"]):
        country, _, code = region["code"].partition(".")
        name = region["name"]
        iso = codes.get((country, key_of(name)), "")
        short = {*ABBREVIATIONS.get(region["code"], ()), sources.press_abbreviations.get(iso, "")}
        if country in POSTAL_COUNTRIES:
            short.add(iso.removeprefix(f"{country}-"))
        other_names = join_forms(_forms(name) - {name})
        counties_of = join_forms(counties[region["code"]] - {name})
        yield country, code, iso, name, other_names, counties_of, join_forms(short - {"", name})


def _iso_codes(places: list[Territory]) -> dict[tuple[str, str], str]:
    """Return the ISO codes of subdivisions by country and key of a name."""
    return {
        (row.iso3166[:2], key_of(form)): row.iso3166
        for row in places
        if row.kind == "subdivision" and row.iso3166
        for form in (*row.aliases, row.name)
    }


def _forms(name: str) -> set[str]:
    """Return the name as the source has it, and without the words that news leaves out."""
    return {name, _LAST_WORDS.sub("", _FIRST_WORDS.sub("", name))}
