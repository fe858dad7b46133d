"""Identities: the ISO 3166, Wikidata and GeoNames ids of an entity, given only where they are certain.

All knowledge comes from the tables. A name that several things share gets an id only when the article itself
tells which of them it means.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from streams.enrich.entities.abbreviations import without_legal_form
from streams.enrich.entities.clusters import Cluster
from streams.enrich.entities.linking.context import NAMESAKES, ArticleContext
from streams.enrich.entities.linking.locations import LocationReader
from streams.enrich.entities.linking.tables import (
    AMBIGUOUS,
    DOMINANCE,
    LARGE_CITY,
    City,
    IdentityTables,
    Territory,
)
from streams.enrich.entities.surfaces import key_of
from streams.events import EntityType

KNOWN_CITY = 400_000
"""Below this population a city needs support from the text even when no other city has its name."""

# A state's abbreviation without dots is a word of other countries too: an advocate in India is an SC.
STATE_CODE = re.compile(r"[A-Z]{2}")


def identify(
    text: str,
    clusters: Sequence[Cluster],
    tables: IdentityTables,
    dateline: str = "",
    reader: LocationReader | None = None,
) -> list[dict[str, str]]:
    """Return the ids of each cluster, by scheme: none where the tables or the text leave a doubt.

    `reader` has read this text before, or is None.
    """
    reader = reader or LocationReader(text, tables)
    linker = _Linker(tables, ArticleContext(text, clusters, tables, reader, dateline))
    return [linker.ids(cluster) for cluster in clusters]


class _Linker:
    """Looks up the clusters of one article."""

    def __init__(self, tables: IdentityTables, context: ArticleContext) -> None:
        self._tables = tables
        self._context = context

    def ids(self, cluster: Cluster) -> dict[str, str]:
        if cluster.type is EntityType.PER:
            return {}
        if cluster.type is EntityType.MISC:
            return self._demonym_ids(cluster)
        senses = self._context.senses
        if cluster.type is EntityType.LOC and (senses.is_team(cluster) or senses.is_river(cluster)):
            return {}
        if cluster.type is EntityType.LOC:
            if region := self._context.region_of(cluster):
                return dict(region.ids)
            if located := self._context.locations(cluster):
                return self._located_ids(cluster, located)
        territory = self._territory(cluster)
        if territory and cluster.type is EntityType.LOC and senses.is_town(cluster):
            return {}
        if territory and (cluster.type is EntityType.LOC or territory.kind == "union"):
            ids = dict(territory.ids)
            if _is_city_too(territory):
                ids |= self._city_ids(cluster)
            return ids
        if cluster.type is EntityType.LOC:
            return {} if territory else self._city_ids(cluster)
        return self._organization_ids(cluster)

    def _located_ids(self, cluster: Cluster, located: set[City | None]) -> dict[str, str]:
        """Return the ids of the town that the text names with its region: none for two towns of one name."""
        city = next(iter(located))
        if len(located) > 1 or city is None:
            return {}
        territory = self._territory(cluster)
        namesakes = self._tables.cities.get(key_of(cluster.name))
        if territory and _is_city_too(territory) and namesakes and city is namesakes[0]:
            return {**territory.ids, "geonames": city.geonames}  # Moscow: the city, and the subject of Russia
        return {"geonames": city.geonames}

    def _organization_ids(self, cluster: Cluster) -> dict[str, str]:
        """Return the id of the fullest name, else that of a shorter one.

        A single word of the full name is not looked up: Edison alone may be another company.
        """
        if any(key in AMBIGUOUS for key in cluster.keys):
            return {}
        organizations = self._tables.organizations
        fullest = key_of(cluster.name)
        for key in (fullest, *cluster.keys):
            wikidata = organizations.get(key) or organizations.get(without_legal_form(key))
            if wikidata and (" " in key or f" {key}" not in fullest):
                return {"wikidata": wikidata}
        return {}

    def _territory(self, cluster: Cluster) -> Territory | None:
        """Return the territory that all forms of the cluster name, or None."""
        territories = [
            self._tables.territories[key] for key in cluster.keys if key in self._tables.territories
        ]
        if any(key in AMBIGUOUS or key in NAMESAKES for key in cluster.keys):
            return self._context.namesake(cluster) if cluster.type is EntityType.LOC else None
        if not territories:
            return None
        first = territories[0]
        is_state_code = first.kind == "subdivision" and STATE_CODE.fullmatch(cluster.name)
        if is_state_code and not self._context.names_other_us_place(first):
            return None
        return first if all(territory is first for territory in territories) else None

    def _demonym_ids(self, cluster: Cluster) -> dict[str, str]:
        territories = [self._tables.demonyms[key] for key in cluster.keys if key in self._tables.demonyms]
        senses = self._context.senses
        if not territories or senses.is_language(cluster) or senses.is_team(cluster):
            return {}
        return dict(territories[0].ids)

    def _city_ids(self, cluster: Cluster) -> dict[str, str]:
        key = next((key for key in cluster.keys if key in self._tables.cities), None)
        if key is None:
            return {}
        state = self._tables.territories.get(key)
        if state and self._context.is_us_state(cluster, state):
            return {}
        namesakes = self._tables.cities[key]
        city = self._choose(namesakes)
        if city is None or (
            _needs_place(city, namesakes) and not self._context.names_place_of(cluster, city)
        ):
            return {}
        return {"geonames": city.geonames}

    def _choose(self, namesakes: list[City]) -> City | None:
        """Return the one city that population and the places in the text agree on, else None."""
        largest = namesakes[0]
        supported = [city for city in namesakes if self._context.supports(city)]
        if largest.population >= KNOWN_CITY and (len(namesakes) == 1 or _dominates(largest, namesakes[1])):
            rival = any(city.population >= KNOWN_CITY / 4 for city in supported if city is not largest)
            return None if rival else largest
        if len(supported) == 1 or (supported and _dominates(supported[0], supported[1])):
            return supported[0]
        return None


def _is_city_too(territory: Territory) -> bool:
    """Return True for a subdivision that may be the city of its name: Moscow, Berlin, but no US state."""
    return territory.kind == "subdivision" and "geonames" not in territory.ids


def _dominates(city: City, other: City) -> bool:
    return city.population >= DOMINANCE * other.population


def _needs_place(city: City, namesakes: list[City]) -> bool:
    """Return True if the name alone more often means something else.

    Small cities of America share their names with larger ones elsewhere.
    """
    return city.is_shared or (len(namesakes) > 1 and city.country == "US" and city.population < LARGE_CITY)
