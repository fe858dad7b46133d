"""Identities: ISO 3166, Wikidata and GeoNames ids from the tables beside this file, given only where certain.

The tables come from registry packages (tables/README.md); nothing is known here that they do not say. A name
with two bearers gets an id only when the article itself tells which one is meant; else it gets none.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from sys import intern
from typing import NamedTuple

from streams.enrich.entities.clusters import Cluster, without_legal_form
from streams.enrich.entities.consistency import UsualType
from streams.enrich.entities.linking.senses import Senses
from streams.enrich.entities.surfaces import key_of
from streams.enrich.entities.taggers.base import Span
from streams.events import EntityType

TABLES = ("territories.tsv", "cities.tsv", "organizations.tsv")

# A city wins over its namesakes without help from the text when it is so many times larger than the next.
DOMINANCE = 8
# Below this population a city needs the text's support even when it is the only one of its name.
KNOWN_CITY = 400_000

# The name of a city of this size is a place's wherever it stands; of this one, where its country is named.
WORLD_CITY = 1_000_000
LARGE_CITY = 100_000

# Names that are a state, a city and more at once: the text must decide, and mostly does not.
SHARED = frozenset(
    {"georgia", "new york", "washington", "punjab", "kashmir", "jordan", "micronesia", "amazon"}
)

# What tells that Washington or New York is the state.
STATE_AFTER = re.compile(r"(?:['’]s)?\s+(?:Gov|Rep|Sen|[Ss]tate|governor|congress(?:wo)?m[ae]n|legislat)")
LISTED = re.compile(r",?\s+(?:(?:and|or)\s+)?")
LONGEST_GAP = 7
# A state's abbreviation without its dots is a word of other countries too: an advocate there is an SC.
STATE_CODE = re.compile(r"[A-Z]{2}")


class Territory(NamedTuple):
    """A country, dependency, subdivision, former state, world region or union."""

    kind: str
    name: str
    ids: dict[str, str]


class City(NamedTuple):
    """A city of 15,000 people or more."""

    geonames: str
    country: str
    region: str
    population: int
    is_shared: bool
    """Whether its name is a word, a person's or a mountain's too."""


@dataclass(frozen=True)
class Identities:
    """The tables, indexed by the key of a surface form."""

    territories: dict[str, Territory]
    demonyms: dict[str, Territory]
    cities: dict[str, list[City]]
    organizations: dict[str, str]
    dotted: set[str]
    """Keys of abbreviations such as "Miss.", which without their dot are common words."""
    version: str
    """8 hex digits that stand for the tables' content."""

    @classmethod
    def load(cls) -> Identities:
        """The tables that come with the package."""
        identities = cls({}, {}, {}, {}, set(), _version())
        for wikidata, kind, iso3166, geonames, name, aliases, demonyms in table_rows("territories.tsv"):
            ids = {"iso3166": iso3166, "wikidata": wikidata, "geonames": geonames}
            territory = Territory(kind, name, {scheme: value for scheme, value in ids.items() if value})
            for form in (name, *_forms(aliases)):
                key = key_of(form)
                if form.endswith(".") and "." not in form[:-1]:
                    identities.dotted.add(key)
                held = identities.territories.get(key)
                if held is None or RANK[kind] < RANK[held.kind]:
                    identities.territories[key] = territory
            for form in _forms(demonyms):
                identities.demonyms[key_of(form)] = territory
        for geonames, name, country, region, population, aliases, shared in table_rows("cities.tsv"):
            city = City(geonames, intern(country), intern(region), int(population), bool(shared))
            for key in {key_of(form) for form in (name, *_forms(aliases))}:
                identities.cities.setdefault(key, []).append(city)
        for wikidata, name, aliases in table_rows("organizations.tsv"):
            for form in (name, *_forms(aliases)):
                identities.organizations[key_of(form)] = wikidata
        return identities

    def usual_types(self, text: str, spans: Iterable[Span]) -> UsualType:
        """Tells the usual type of a key in an article with TEXT that names SPANS."""
        named = {key_of(text[span.start : span.end]) for span in spans}
        places = [self.territories.get(key) or self.demonyms.get(key) for key in named - SHARED]
        countries = {place.ids.get("iso3166") for place in places if place}

        def usual(key: str) -> EntityType | None:
            bearers = self.cities.get(key)
            if bearers and bearers[0].population >= LARGE_CITY and bearers[0].country in countries:
                return self.usual_type(key) or EntityType.LOC
            return self.usual_type(key)

        return usual

    def usual_type(self, key: str) -> EntityType | None:
        """The type that a name of the tables has in newspapers almost without exception."""
        territory = self.territories.get(key)
        if territory and key not in SHARED and key not in self.dotted:
            return EntityType.ORG if territory.kind == "union" else EntityType.LOC
        if key in self.demonyms:
            return EntityType.MISC
        bearers = self.cities.get(key)
        return EntityType.LOC if bearers and bearers[0].population >= WORLD_CITY else None

    def same_thing(self, key: str, type_: EntityType) -> str | None:
        """What unites different surface forms of one thing: "us" and "united states" give the same answer."""
        if type_ is EntityType.MISC:
            territory = self.demonyms.get(key)
            return f"demonym of {territory.name}" if territory else None
        if type_ in (EntityType.LOC, EntityType.ORG):
            territory = self.territories.get(key)
            return territory.name if territory and key not in SHARED else None
        return None

    def identify(self, text: str, clusters: Sequence[Cluster]) -> list[dict[str, str]]:
        """The ids of each cluster, empty where the tables or the text leave a doubt."""
        article = _Article(text, clusters, self)
        return [self._ids(cluster, article) for cluster in clusters]

    def _ids(self, cluster: Cluster, article: _Article) -> dict[str, str]:
        if cluster.type is EntityType.PER:
            return {}
        if cluster.type is EntityType.MISC:
            return self._demonym(cluster, article)
        if cluster.type is EntityType.LOC and article.senses.is_team(cluster):
            return {}
        territory = self._territory(cluster, article)
        if territory and (cluster.type is EntityType.LOC or territory.kind == "union"):
            ids = dict(territory.ids)
            if territory.kind == "subdivision":
                ids |= self._city(cluster, article)
            return ids
        if cluster.type is EntityType.LOC:
            return {} if territory else self._city(cluster, article)
        return self._organization(cluster)

    def _organization(self, cluster: Cluster) -> dict[str, str]:
        """The id of the fullest name, else of a shorter one; not of one word inside it: Edison, Commons."""
        if any(key in SHARED for key in cluster.keys):
            return {}
        fullest = key_of(cluster.name)
        for key in (fullest, *cluster.keys):
            wikidata = self.organizations.get(key) or self.organizations.get(without_legal_form(key))
            if wikidata and (" " in key or f" {key}" not in fullest):
                return {"wikidata": wikidata}
        return {}

    def _territory(self, cluster: Cluster, article: _Article) -> Territory | None:
        found = [self.territories[key] for key in cluster.keys if key in self.territories]
        if not found or any(key in SHARED for key in cluster.keys):
            return None
        is_state = found[0].kind == "subdivision" and STATE_CODE.fullmatch(cluster.name)
        if is_state and not article.is_of_states(found[0]):
            return None
        return found[0] if all(territory is found[0] for territory in found) else None

    def _demonym(self, cluster: Cluster, article: _Article) -> dict[str, str]:
        found = [self.demonyms[key] for key in cluster.keys if key in self.demonyms]
        if not found or article.senses.is_language(cluster) or article.senses.is_team(cluster):
            return {}
        return dict(found[0].ids)

    def _city(self, cluster: Cluster, article: _Article) -> dict[str, str]:
        for key in cluster.keys:
            if bearers := self.cities.get(key):
                state = self.territories.get(key)
                if state and article.is_state(cluster, state):
                    return {}
                city = _choose(bearers, article)
                if city and _is_doubtful(city, bearers) and not article.names_place_of(cluster, city):
                    return {}
                return {"geonames": city.geonames} if city else {}
        return {}


def _is_doubtful(city: City, bearers: list[City]) -> bool:
    """Whether the name alone is more often something else: a small city of America has the name of others."""
    return city.is_shared or (len(bearers) > 1 and city.country == "US" and city.population < LARGE_CITY)


def _choose(bearers: list[City], article: _Article) -> City | None:
    """The one city that population and the countries and states in the text agree on, else None."""
    largest = bearers[0]
    supported = [city for city in bearers if article.supports(city)]
    if largest.population >= KNOWN_CITY and (
        len(bearers) == 1 or largest.population >= DOMINANCE * bearers[1].population
    ):
        rival = any(city.population >= KNOWN_CITY / 4 for city in supported if city is not largest)
        return None if rival else largest
    if len(supported) == 1 or (supported and supported[0].population >= DOMINANCE * supported[1].population):
        return supported[0]
    return None


class _Article:
    """What an article as a whole says about its names."""

    def __init__(self, text: str, clusters: Sequence[Cluster], tables: Identities) -> None:
        self._text = text
        self._clusters = clusters
        self._tables = tables
        self.senses = Senses(text)
        self._countries: set[str] = set()
        for cluster in clusters:
            for key in cluster.keys:
                territory = tables.territories.get(key) or tables.demonyms.get(key)
                if territory and key not in SHARED:
                    self._countries.add(territory.ids.get("iso3166", ""))

    def is_of_states(self, state: Territory) -> bool:
        """Whether the article names the United States, or another state of theirs."""
        others = self._countries - {state.ids.get("iso3166")}
        return any(country == "US" or country.startswith("US-") for country in others)

    def is_state(self, cluster: Cluster, state: Territory) -> bool:
        """Whether a name that a city shares with its state is the state's anywhere: "Seattle, Washington"."""
        code = state.ids.get("iso3166", "")
        return code.startswith("US-") and any(self._is_state(span, code) for span in cluster.spans)

    def _is_state(self, span: Span, code: str) -> bool:
        if STATE_AFTER.match(self._text, span.end):
            return True
        for other, gap in self._beside(span):
            if any(
                territory.ids.get("iso3166", "").startswith("US-") for territory in self._territories(other)
            ):
                return True  # one of a list of states
            cities = [city for key in other.keys for city in self._tables.cities.get(key, ())]
            if gap == ", " and any(f"{city.country}-{city.region}" == code for city in cities):
                return True
        return False

    def names_place_of(self, cluster: Cluster, city: City) -> bool:
        """Whether the text says where the city is right after its name: "Franklin, Wisconsin"."""
        codes = {city.country, f"{city.country}-{city.region}"}
        return any(
            gap == ", " and codes & {territory.ids.get("iso3166") for territory in self._territories(other)}
            for span in cluster.spans
            for other, gap in self._beside(span)
        )

    def _beside(self, span: Span) -> Iterator[tuple[Cluster, str]]:
        """The places named just before and after SPAN in a list, and what stands between."""
        starts, places = self._places
        at = bisect_left(starts, span.start)
        for other, cluster in places[max(0, at - 1) : at + 2]:
            if other.start != span.start:
                gap = self._text[min(span.end, other.end) : max(span.start, other.start)]
                if len(gap) <= LONGEST_GAP and LISTED.fullmatch(gap):
                    yield cluster, gap

    @cached_property
    def _places(self) -> tuple[list[int], list[tuple[Span, Cluster]]]:
        """The mentions of places in text order, and where they begin."""
        places = [(span, c) for c in self._clusters if c.type is EntityType.LOC for span in c.spans]
        places.sort(key=lambda place: place[0].start)
        return [span.start for span, _ in places], places

    def _territories(self, cluster: Cluster) -> list[Territory]:
        return [
            self._tables.territories[key]
            for key in cluster.keys
            if key in self._tables.territories and key not in SHARED
        ]

    def supports(self, city: City) -> bool:
        """Whether the article names the city's country, or its state."""
        if city.country == "US":
            return f"US-{city.region}" in self._countries
        return city.country in self._countries


RANK = {"country": 0, "union": 1, "dependency": 2, "region": 3, "subdivision": 4, "historical": 5}


def _read(name: str) -> str:
    return files("streams.enrich.entities").joinpath("tables", name).read_text(encoding="utf-8")


def _version() -> str:
    digest = hashlib.sha256()
    for name in TABLES:
        digest.update(_read(name).encode())
    return digest.hexdigest()[:8]


def table_rows(name: str) -> Iterator[list[str]]:
    """The fields of every row of the table called NAME, without the line that names the columns."""
    lines = iter(_read(name).splitlines())
    next(lines)
    for line in lines:
        yield line.split("\t")


def _forms(listed: str) -> list[str]:
    return listed.split("|") if listed else []
