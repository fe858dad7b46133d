"""The evidence in an article for the places that it names: countries, neighbours in lists, senses."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cached_property
from importlib.resources import files
from typing import NamedTuple

from streams.enrich.entities.clusters import Cluster
from streams.enrich.entities.linking.locations import Location, LocationReader
from streams.enrich.entities.linking.senses import Senses
from streams.enrich.entities.linking.tables import AMBIGUOUS, City, IdentityTables, Region, Territory
from streams.enrich.entities.surfaces import key_of
from streams.enrich.entities.taggers.base import Span
from streams.events import EntityType

# Words after "Washington" or "New York" that make it the state.
STATE_AFTER = re.compile(r"(?:['’]s)?\s+(?:Gov|Rep|Sen|[Ss]tate|governor|congress(?:wo)?m[ae]n|legislat)")

SEPARATOR = re.compile(r",?\s+(?:(?:and|or)\s+)?")
"""The text between two places of a list."""

LONGEST_SEPARATOR = 7

KNOWN_NEIGHBOUR = 50_000
"""A city of this population tells which country or state of one name an article is about."""


class _Namesake(NamedTuple):
    """A country that shares its name, and what tells it from a US state."""

    country: str
    state: str
    neighbours: tuple[str, ...]
    words: re.Pattern[str]
    state_words: re.Pattern[str]


def _load_namesakes() -> dict[str, list[_Namesake]]:
    """Return the countries that may be meant, by the key of the name that they share."""
    text = files("streams.enrich.entities.linking").joinpath("namesakes.toml").read_text(encoding="utf-8")
    namesakes: dict[str, list[_Namesake]] = {}
    for key, row in tomllib.loads(text).items():
        entry = _Namesake(
            row["country"],
            row["state"],
            tuple(row["neighbours"]),
            re.compile(rf"\b(?:{'|'.join(row['words'])})\b"),
            re.compile(rf"\b(?:{'|'.join(row['state_words']) or '(?!)'})\b"),
        )
        namesakes.setdefault(row.get("name", key), []).append(entry)
    return namesakes


NAMESAKES = _load_namesakes()
_DATELINE_PART = re.compile(r"[^\W\d_][^,/()]*[^\W_]")


class ArticleContext:
    """Answers questions about the places of one article."""

    def __init__(
        self,
        text: str,
        clusters: Sequence[Cluster],
        tables: IdentityTables,
        reader: LocationReader,
        dateline: str,
    ) -> None:
        self._text = text
        self._clusters = clusters
        self._tables = tables
        self.senses = Senses(text)
        self._codes: set[str] = set()
        """ISO 3166 codes of the countries and states that the article names, also by their demonyms."""
        self._locations: dict[int, Location] = {}
        """The locations of places, by the start of the mention."""
        self._regions: dict[int, Region] = {}
        """The regions that stand beside a place, by their start."""
        self._read_locations(clusters, reader)
        self._dateline = _dateline_locations(dateline, tables)
        for cluster in clusters:
            for key in cluster.keys:
                territory = tables.territories.get(key) or tables.demonyms.get(key)
                if territory and key not in AMBIGUOUS:
                    self._codes.add(territory.ids.get("iso3166", ""))

    def _read_locations(self, clusters: Sequence[Cluster], reader: LocationReader) -> None:
        for cluster in clusters:
            if cluster.type is EntityType.LOC:
                for span in cluster.spans:
                    location = reader.location(span.start, span.end)
                    if location:
                        self._locations[span.start] = location
                        self._regions[location.start] = location.region

    def locations(self, cluster: Cluster) -> set[City | None]:
        """Return the towns that the text, or else the dateline, says by their region that the name means.

        None stands for a town that the tables do not have.
        """
        starts = [span.start for span in cluster.spans if span.start in self._locations]
        if starts:
            return {self._locations[start].city for start in starts}
        return {self._dateline[key].city for key in cluster.keys if key in self._dateline}

    def region_of(self, cluster: Cluster) -> Territory | None:
        """Return the territory as which mentions of the cluster stand beside towns: "DE" in "Dover, DE".

        Every mention of a name that is also another place's must stand so, except for Georgia: an article is
        seldom about both.
        """
        regions = [self._regions.get(span.start) for span in cluster.spans]
        territories = {id(region.territory): region.territory for region in regions if region}
        if len(territories) != 1:
            return None
        is_certain = None not in regions or not any(
            key in AMBIGUOUS and key in self._tables.cities for key in cluster.keys
        )
        return next(iter(territories.values())) if is_certain else None

    def namesake(self, cluster: Cluster) -> Territory | None:
        """Return the country, or the US state, that a name such as Georgia means in this article, or None.

        Its own people, cities and leaders tell a country, and so do two of its neighbours; other states and
        its own cities tell a state.
        """
        entries = [entry for key in cluster.keys for entry in NAMESAKES.get(key, ())]
        meant = [place for entry in entries if (place := self._meant(entry, cluster))]
        return meant[0] if len(meant) == 1 else None

    def _meant(self, entry: _Namesake, cluster: Cluster) -> Territory | None:
        neighbours = self._codes & set(entry.neighbours)
        names_us = any(code.startswith("US") for code in self._codes)
        is_country = (
            entry.country in self._codes
            or self._names_city_of(entry.country, "")
            or entry.words.search(self._text) is not None
        )
        state = self._tables.codes.get(entry.state)
        is_state = state is not None and (
            self._means_state_of(cluster, entry.state)
            or any(code.startswith("US-") and code != entry.state for code in self._codes)
            or self._names_city_of("US", entry.state.removeprefix("US-"))
            or entry.state_words.search(self._text) is not None
        )
        if is_state:
            return None if is_country else state
        is_country = is_country or len(neighbours) > (1 if names_us else 0)
        return self._tables.codes.get(entry.country) if is_country else None

    def _means_state_of(self, cluster: Cluster, code: str) -> bool:
        return any(self._means_state(span, code) for span in cluster.spans)

    def _names_city_of(self, country: str, region: str) -> bool:
        """Return True if the article names a city of the country or state that is the largest of its name."""
        return any(
            (city := namesakes[0]).country == country
            and region in ("", city.region)
            and city.population >= KNOWN_NEIGHBOUR
            for cluster in self._clusters
            if cluster.type is EntityType.LOC
            for key in cluster.keys
            if (namesakes := self._tables.cities.get(key)) and key not in AMBIGUOUS
        )

    def names_other_us_place(self, state: Territory) -> bool:
        """Return True if the article names the United States, or a state of theirs other than `state`."""
        others = self._codes - {state.ids.get("iso3166")}
        return any(code == "US" or code.startswith("US-") for code in others)

    def is_us_state(self, cluster: Cluster, state: Territory) -> bool:
        """Return True if a mention of a name that a city and a US state share means the state.

        "Seattle, Washington" is such a mention.
        """
        code = state.ids.get("iso3166", "")
        return code.startswith("US-") and any(self._means_state(span, code) for span in cluster.spans)

    def _means_state(self, span: Span, code: str) -> bool:
        if STATE_AFTER.match(self._text, span.end):
            return True
        for neighbour, separator in self._neighbours(span):
            territories = self._territories(neighbour)
            if any(territory.ids.get("iso3166", "").startswith("US-") for territory in territories):
                return True  # one of a list of states
            cities = [city for key in neighbour.keys for city in self._tables.cities.get(key, ())]
            if separator == ", " and any(f"{city.country}-{city.region}" == code for city in cities):
                return True
        return False

    def names_place_of(self, cluster: Cluster, city: City) -> bool:
        """Return True if the text gives the city's state or country beside its name: "Flint, Michigan"."""
        codes = {city.country, f"{city.country}-{city.region}"}
        return any(
            separator == ", "
            and codes & {territory.ids.get("iso3166") for territory in self._territories(neighbour)}
            for span in cluster.spans
            for neighbour, separator in self._neighbours(span)
        )

    def supports(self, city: City) -> bool:
        """Return True if the article names the city's country, or its state if it lies in the US."""
        if city.country == "US":
            return f"US-{city.region}" in self._codes
        return city.country in self._codes

    def _neighbours(self, span: Span) -> Iterator[tuple[Cluster, str]]:
        """Yield the places just before and after `span` in a list, and the text between."""
        starts, places = self._places
        index = bisect_left(starts, span.start)
        for other, cluster in places[max(0, index - 1) : index + 2]:
            if other.start != span.start:
                between = self._text[min(span.end, other.end) : max(span.start, other.start)]
                if len(between) <= LONGEST_SEPARATOR and SEPARATOR.fullmatch(between):
                    yield cluster, between

    @cached_property
    def _places(self) -> tuple[list[int], list[tuple[Span, Cluster]]]:
        """The mentions of places in text order, after a list of their starts."""
        places = [(span, c) for c in self._clusters if c.type is EntityType.LOC for span in c.spans]
        places.sort(key=lambda place: place[0].start)
        return [span.start for span, _ in places], places

    def _territories(self, cluster: Cluster) -> list[Territory]:
        return [
            self._tables.territories[key]
            for key in cluster.keys
            if key in self._tables.territories and key not in AMBIGUOUS
        ]


def _dateline_locations(dateline: str, tables: IdentityTables) -> dict[str, Location]:
    """Return the locations in a dateline such as "MOSCOW, Idaho", by the key of the town."""
    locations: dict[str, Location] = {}
    reader = LocationReader(dateline, tables)
    for part in _DATELINE_PART.finditer(dateline):
        location = reader.location(part.start(), part.end())
        if location:
            locations[key_of(part.group())] = location
    return locations
