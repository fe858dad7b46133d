"""The evidence in an article for the places that it names: countries, neighbours in lists, senses."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cached_property

from streams.enrich.entities.clusters import Cluster
from streams.enrich.entities.linking.senses import Senses
from streams.enrich.entities.linking.tables import AMBIGUOUS, City, IdentityTables, Territory
from streams.enrich.entities.taggers.base import Span
from streams.events import EntityType

# Words after "Washington" or "New York" that make it the state.
STATE_AFTER = re.compile(r"(?:['’]s)?\s+(?:Gov|Rep|Sen|[Ss]tate|governor|congress(?:wo)?m[ae]n|legislat)")

SEPARATOR = re.compile(r",?\s+(?:(?:and|or)\s+)?")
"""The text between two places of a list."""

LONGEST_SEPARATOR = 7


class ArticleContext:
    """Answers questions about the places of one article."""

    def __init__(self, text: str, clusters: Sequence[Cluster], tables: IdentityTables) -> None:
        self._text = text
        self._clusters = clusters
        self._tables = tables
        self.senses = Senses(text)
        self._codes: set[str] = set()
        """ISO 3166 codes of the countries and states that the article names, also by their demonyms."""
        for cluster in clusters:
            for key in cluster.keys:
                territory = tables.territories.get(key) or tables.demonyms.get(key)
                if territory and key not in AMBIGUOUS:
                    self._codes.add(territory.ids.get("iso3166", ""))

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
