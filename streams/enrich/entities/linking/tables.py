"""The identity tables that the package ships, indexed by the key of a surface form.

`python -m streams.training.tables` makes them from registry packages; tables/README.md has their sources.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from sys import intern
from typing import NamedTuple

from streams.enrich.entities.consistency import UsualType
from streams.enrich.entities.lexicon import word_list
from streams.enrich.entities.surfaces import key_of
from streams.enrich.entities.taggers.base import Span
from streams.events import EntityType

TABLES = ("territories.tsv", "cities.tsv", "towns.tsv", "regions.tsv", "organizations.tsv")

RANK = {"country": 0, "union": 1, "dependency": 2, "region": 3, "subdivision": 4, "historical": 5}
"""Of two territories with the same name, the table gives the one of the lower rank."""

DOMINANCE = 8
"""A city needs no support from the text when it is this many times larger than the next of its name."""

WORLD_CITY = 1_000_000
"""The name of a city of this population is a place in any article."""

LARGE_CITY = 100_000
"""The name of a city of this population is a place in an article that names its country."""

_ROMANIAN = str.maketrans("şţŞŢ", "șțȘȚ")

AMBIGUOUS = word_list("ambiguous_places")


class Territory(NamedTuple):
    """A country, dependency, subdivision, former state, world region or union."""

    kind: str
    name: str
    ids: dict[str, str]


class City(NamedTuple):
    """A city of 15,000 people or more, or a smaller town that has the name of a city or territory."""

    geonames: str
    country: str
    region: str
    population: int
    is_shared: bool
    """True if its name is also a word, or the name of a person or a mountain."""


class Region(NamedTuple):
    """A country, or a state, province or county of one, as news names it after a town: "Moscow, Idaho"."""

    country: str
    code: str
    """The code by which GeoNames knows the state or province; empty for a country."""
    territory: Territory | None
    """Its row among the territories; None for a county, and for a region that has no row."""

    def contains(self, city: City) -> bool:
        """Return True if the city lies in the region."""
        return city.country == self.country and self.code in ("", city.region)


@dataclass(frozen=True)
class IdentityTables:
    """Territories, demonyms, cities and organisations by key. Cities of one name are sorted by population."""

    territories: dict[str, Territory]
    codes: dict[str, Territory]
    """Territories by their ISO 3166 codes."""
    demonyms: dict[str, Territory]
    cities: dict[str, list[City]]
    towns: dict[str, list[City]]
    """Smaller namesakes of cities and territories. Only a region beside the name tells that one is meant."""
    regions: dict[str, list[Region]]
    region_abbreviations: dict[str, list[Region]]
    """Regions by their abbreviations as news writes them: Fla., TX, Ont."""
    organizations: dict[str, str]
    accented: set[str]
    """Names of cities with letters beyond ASCII, as `accented_form` returns them."""
    territory_tails: set[str]
    """Keys that end a longer name of a territory: "congo" ends "DR Congo"."""
    dotted: set[str]
    """Keys of abbreviations such as "Miss.", which are common words without their dot."""
    version: str
    """8 hex digits that change with the content of the tables."""

    def usual_types(
        self, text: str, spans: Iterable[Span], places: Collection[str] = frozenset()
    ) -> UsualType:
        """Return a function from a key to its usual type in an article of this text and these mentions.

        `places` has the keys of names that the text itself makes places.
        """
        keys = {key_of(text[span.start : span.end]) for span in spans}
        named = [self.territories.get(key) or self.demonyms.get(key) for key in keys - AMBIGUOUS]
        countries = {place.ids.get("iso3166") for place in named if place}

        def usual_type(key: str) -> EntityType | None:
            if key in places:
                return EntityType.LOC
            namesakes = self.cities.get(key)
            if namesakes and namesakes[0].population >= LARGE_CITY and namesakes[0].country in countries:
                return self.usual_type(key) or EntityType.LOC
            return self.usual_type(key)

        return usual_type

    def usual_type(self, key: str) -> EntityType | None:
        """Return the type that this name has in newspapers almost without exception, or None."""
        territory = self.territories.get(key)
        if territory and key not in AMBIGUOUS and key not in self.dotted:
            return EntityType.ORG if territory.kind == "union" else EntityType.LOC
        if key in self.demonyms:
            return EntityType.MISC
        namesakes = self.cities.get(key)
        return EntityType.LOC if namesakes and namesakes[0].population >= WORLD_CITY else None

    def canonical_name(self, key: str, type_: EntityType) -> str | None:
        """Return one name for all surface forms of a territory or demonym, such as "us" and "united states".

        Return None for a name that the tables do not have.
        """
        if type_ is EntityType.MISC:
            territory = self.demonyms.get(key)
            return f"demonym of {territory.name}" if territory else None
        if type_ in (EntityType.LOC, EntityType.ORG):
            territory = self.territories.get(key)
            return territory.name if territory and key not in AMBIGUOUS else None
        return None


@cache
def load_tables() -> IdentityTables:
    """Load the tables that the package ships, once for the process."""
    tables = IdentityTables({}, {}, {}, {}, {}, {}, {}, {}, set(), set(), set(), _version())
    _add_territories(tables)
    _add_regions(tables)
    for geonames, name, country, region, population, aliases, shared in table_rows("cities.tsv"):
        city = City(geonames, intern(country), intern(region), int(population), bool(shared))
        for key in {key_of(form) for form in (name, *_split(aliases))}:
            tables.cities.setdefault(key, []).append(city)
        if not name.isascii():
            tables.accented.add(accented_form(name))
    for key in tables.territories:
        words = key.split(" ")
        tails = (" ".join(words[count:]) for count in range(1, len(words)))
        tables.territory_tails.update(
            tail for tail in tails if tail in tables.territories or tail == words[-1]
        )
    for geonames, name, country, region, population in table_rows("towns.tsv"):
        town = City(geonames, intern(country), intern(region), int(population), False)
        tables.towns.setdefault(key_of(name), []).append(town)
    for wikidata, name, aliases in table_rows("organizations.tsv"):
        for form in (name, *_split(aliases)):
            tables.organizations[key_of(form)] = wikidata
    return tables


def _add_territories(tables: IdentityTables) -> None:
    for wikidata, kind, iso3166, geonames, name, aliases, demonyms in table_rows("territories.tsv"):
        ids = {"iso3166": iso3166, "wikidata": wikidata, "geonames": geonames}
        territory = Territory(kind, name, {scheme: value for scheme, value in ids.items() if value})
        if iso3166:
            tables.codes[iso3166] = territory
        for form in (name, *_split(aliases)):
            for key in _keys(form):
                namesake = tables.territories.get(key)
                if namesake is None or RANK[kind] < RANK[namesake.kind]:
                    tables.territories[key] = territory
            key = key_of(form)
            if iso3166 and kind in ("country", "dependency"):
                _add_region(tables.regions, key, Region(intern(iso3166), "", territory))
            if form.endswith(".") and "." not in form[:-1]:
                tables.dotted.add(key)
        for form in _split(demonyms):
            tables.demonyms[key_of(form)] = territory


def _add_regions(tables: IdentityTables) -> None:
    for country, code, iso3166, name, aliases, counties, abbreviations in table_rows("regions.tsv"):
        region = Region(intern(country), intern(code), tables.codes.get(iso3166))
        for form in (name, *_split(aliases)):
            _add_region(tables.regions, key_of(form), region)
        for form in _split(counties):
            _add_region(tables.regions, key_of(form), region._replace(territory=None))
        for form in _split(abbreviations):
            _add_region(tables.region_abbreviations, form, region)


def _keys(form: str) -> set[str]:
    """Return the key of a form, and the key with "&" for "and"."""
    key = key_of(form)
    return {key, key.replace(" and ", " & ")}


def _add_region(regions: dict[str, list[Region]], form: str, region: Region) -> None:
    same_form = regions.setdefault(form, [])
    if region not in same_form:
        same_form.append(region)


def accented_form(name: str) -> str:
    """Return the name composed, with the comma below of Romanian for the cedilla that often replaces it."""
    return unicodedata.normalize("NFC", name).translate(_ROMANIAN)


def table_rows(name: str) -> Iterator[list[str]]:
    """Yield the fields of every row of the table called `name`, without the header."""
    lines = iter(_read(name).splitlines())
    next(lines)
    for line in lines:
        yield line.split("\t")


def _version() -> str:
    digest = hashlib.sha256()
    for name in TABLES:
        digest.update(_read(name).encode())
    return digest.hexdigest()[:8]


def _read(name: str) -> str:
    return files("streams.enrich.entities").joinpath("tables", name).read_text(encoding="utf-8")


def _split(forms: str) -> list[str]:
    return forms.split("|") if forms else []
