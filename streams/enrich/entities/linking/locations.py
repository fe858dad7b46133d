"""Locations: the state, province or country that the text gives beside a town's name.

News tells towns of one name apart by what stands right after them: "Paris, Texas", "Melbourne, Fla.",
"Perth, WA, Australia", "London (Ontario)". A region decides if the tables have a town of that name in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from streams.enrich.entities.linking.tables import LARGE_CITY, City, IdentityTables, Region
from streams.enrich.entities.surfaces import key_of

LONGEST_REGION = 6
"""Words of the longest name of a region that is looked up."""

STATE_COUNTRIES = ("US", "CA", "AU")
"""Countries in which news names the state or province after nearly every town."""

_WORD = r"[A-ZÀ-ÖØ-Þ][\w.'’]*(?:-[A-ZÀ-ÖØ-Þ][\w'’]*)*"
_NAME = re.compile(rf"{_WORD}(?:[ ](?:(?:and|of|the|du|de|da|do|del|la)[ ]){{0,2}}{_WORD}){{0,5}}")
_CLOSE_AFTER = re.compile(r",\s{1,2}(?=[A-ZÀ-ÖØ-Þ])|\s\((?=[A-Z])|\s+in\s+(?:the\s+)?(?=[A-Z])")
_POSTAL_AFTER = re.compile(r"\s(?=[A-Z]{2}(?!\w))")
_APPOSITION_AFTER = re.compile(
    r",\s+(?:a|an|the|his|her|its|their)\s+(?:[\w-]+\s+){1,4}?(?:in|of)\s+(?:[a-z]+\s+){0,2}(?=[A-Z])"
)
_REGION_BEFORE = re.compile(
    rf"({_WORD}(?:[ ]{_WORD}){{0,2}})\s+(?:city|cities|town|towns|village|suburb|port|community|county seat)"
    r"\s+of\s+$"
)
_COUNTRY_AFTER = re.compile(r",\s(?=[A-Z])")
_GENITIVE = re.compile(r"['’]s?$")
_NEXT_NAME = re.compile(r",?\s+(?:and|or|und|&)\s+(?:in\s+|from\s+|to\s+)?[A-ZÀ-ÖØ-Þ]|,\s+[A-ZÀ-ÖØ-Þ]")
_GOES_ON = re.compile(r"['’]s?\b|\s+[A-ZÀ-ÖØ-Þ]")
_LIST_BEFORE = re.compile(r"[^\W\d_],\s+(?:and\s+|or\s+)?$")

BEFORE_WINDOW = 60


class Location(NamedTuple):
    """What the text says of the region of a town."""

    city: City | None
    """The town that the tables have in the region, or None if they have none of that name."""
    region: Region
    start: int
    end: int
    """Where the region's name stands."""


class _Reading(NamedTuple):
    """A region's name in the text, and the regions that have it."""

    regions: tuple[Region, ...]
    end: int
    is_abbreviation: bool
    key: str


class LocationReader:
    """Reads the regions beside the towns of one text."""

    def __init__(self, text: str, tables: IdentityTables) -> None:
        self._text = text
        self._tables = tables
        self._shouts = text.isupper()
        self._read_before: dict[tuple[int, int], Location | None] = {}

    def location(self, start: int, end: int) -> Location | None:
        """Return the location of the town whose name is `text[start:end]`, or None if the text gives none."""
        known = self._read_before
        if (start, end) not in known:
            known[start, end] = self._location(start, end)
        return known[start, end]

    def _location(self, start: int, end: int) -> Location | None:
        next_character = self._text[end : end + 1]
        follows_of = self._text.startswith(" of ", max(0, start - 4))
        if next_character not in (",", " ") and not follows_of:
            return None
        key = key_of(self._text[start:end])
        after = _CLOSE_AFTER.match(self._text, end)
        cities = [*self._tables.cities.get(key, ()), *self._tables.towns.get(key, ())]
        if after:
            return self._right_after(start, after, key, cities)
        if not cities:
            return None
        postal = _POSTAL_AFTER.match(self._text, end)
        if postal and not self._shouts:
            reading = self._read(postal.end())
            if reading and reading.is_abbreviation:
                return _found(cities, reading, postal.end())
        apposition = _APPOSITION_AFTER.match(self._text, end)
        if apposition:
            reading = self._read(apposition.end())
            if reading and (location := _found(cities, reading, apposition.end())):
                return location
        return self._before(start, cities) if follows_of else None

    def region_at(self, start: int) -> tuple[tuple[Region, ...], int] | None:
        """Return the regions whose name begins at `start`, and its end, or None."""
        reading = self._read(start)
        return (reading.regions, reading.end) if reading else None

    def _right_after(self, start: int, after: re.Match[str], key: str, cities: list[City]) -> Location | None:
        reading = self._read(after.end())
        if reading is None or reading.key == key:
            return None
        goes_on = None if reading.is_abbreviation else _GOES_ON.match(self._text, reading.end)
        reading = self._within_country(reading)
        location = _found(cities, reading, after.end())
        is_list = self._is_list(start, reading, key, cities)
        if location and goes_on:
            if not location.region.code:
                return None  # "After talks in Tripoli, Lebanon's president left"
            is_unclear = goes_on.group()[-1].isupper()  # "in Paris, Texas Gov. Greg Abbott said"
            return location._replace(city=None) if is_unclear else location
        if location or goes_on:
            return None if is_list else location
        state = next((r for r in reading.regions if r.code and r.country in STATE_COUNTRIES), None)
        if after.group().startswith(",") and state and not is_list:
            is_listed = _NEXT_NAME.match(self._text, reading.end) and not reading.is_abbreviation
            if not is_listed and not self._is_city(state, reading.key):
                return Location(None, state, after.end(), reading.end)
        return None

    def _before(self, start: int, cities: list[City]) -> Location | None:
        """Return the location that "the Texas town of" before the name gives."""
        before = _REGION_BEFORE.search(self._text, max(0, start - BEFORE_WINDOW), start)
        if before is None:
            return None
        words = before[1].split(" ")
        for count in range(len(words)):
            name = _GENITIVE.sub("", " ".join(words[count:]))
            regions = self._tables.regions.get(key_of(name))
            if regions:
                name_start = before.end(1) - len(" ".join(words[count:]))
                reading = _Reading(tuple(regions), name_start + len(name), False, key_of(name))
                return _found(cities, reading, name_start)
        return None

    def _is_list(self, start: int, reading: _Reading, key: str, cities: list[City]) -> bool:
        """Return True if the name and the region may be two of a list: "Oregon, Washington and Idaho".

        That is so where the name is itself one of a region, or the region's name one of a city.
        """
        if reading.is_abbreviation:
            return False
        is_peer = any(
            _is_peer(own, other) for own in self._tables.regions.get(key, ()) for other in reading.regions
        )
        is_large = bool(cities) and cities[0].population >= LARGE_CITY
        is_city = is_large and any(self._is_city(region, reading.key) for region in reading.regions)
        if not (is_peer or is_city):
            return False
        return bool(
            _NEXT_NAME.match(self._text, reading.end)
            or _LIST_BEFORE.search(self._text, max(0, start - 8), start)
        )

    def _is_city(self, region: Region, key: str) -> bool:
        """Return True if the region's name is also that of a large city: New York, Washington."""
        namesakes = self._tables.cities.get(key, ())
        return bool(region.code) and any(
            city.population >= LARGE_CITY and city.country == region.country for city in namesakes
        )

    def _within_country(self, reading: _Reading) -> _Reading:
        """Return the reading with the country after it: "Perth, Western Australia, Australia"."""
        comma = _COUNTRY_AFTER.match(self._text, reading.end)
        following = self._read(comma.end()) if comma else None
        if following is None:
            return reading
        countries = {region.country for region in following.regions if not region.code}
        inside = tuple(region for region in reading.regions if region.code and region.country in countries)
        return reading._replace(regions=inside) if inside else reading

    def _read(self, start: int) -> _Reading | None:
        """Return the longest name of a region that begins at `start`, or None."""
        name = _NAME.match(self._text, start)
        if name is None:
            return None
        words = name.group().split(" ")[:LONGEST_REGION]
        for count in range(len(words), 0, -1):
            form = " ".join(words[:count])
            plain = _GENITIVE.sub("", form)
            if count == 1 and (abbreviated := self._abbreviation(form, start)):
                return abbreviated
            bare = plain.rstrip(".")
            regions = self._tables.regions.get(key_of(plain))
            if regions and len(bare) > 1:
                has_dots = "." in bare
                return _Reading(
                    tuple(regions), start + len(plain if has_dots else bare), False, key_of(plain)
                )
        return None

    def _abbreviation(self, form: str, start: int) -> _Reading | None:
        """Return the region that `form` abbreviates. The dot of "Fla." may be left out before a comma.

        It is left out at the end of a dateline.
        """
        if self._shouts:
            return None
        plain = _GENITIVE.sub("", form)
        bare = plain.rstrip(".")
        spellings = [plain, bare]
        if self._text[start + len(plain) : start + len(plain) + 1] in (",", ")", ""):
            spellings.append(f"{bare}.")
        for spelling in spellings:
            regions = self._tables.region_abbreviations.get(spelling)
            if regions:
                end = start + min(len(spelling), len(plain))
                return _Reading(tuple(regions), end, True, key_of(spelling))
        return None


def _is_peer(region: Region, other: Region) -> bool:
    """Return True if both are countries, or both states or provinces of one country."""
    if region.code and other.code:
        return region.country == other.country
    return not region.code and not other.code


def _found(cities: Sequence[City], reading: _Reading, start: int) -> Location | None:
    """Return the location with the largest of the `cities` that lies in a region of the reading."""
    pairs: Iterator[tuple[City, Region]] = (
        (city, region) for city in cities for region in reading.regions if region.contains(city)
    )
    city, region = max(pairs, key=lambda pair: pair[0].population, default=(None, None))
    return Location(city, region, start, reading.end) if city and region else None
