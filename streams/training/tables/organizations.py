"""The rows of organizations.tsv: organisations whose name alone tells which of them the news means.

They come from name-suggestion-index. Names that two organisations, or an organisation and a place, share are
left out, and so are names that are words, or that many public bodies have.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from streams.enrich.entities.linking.tables import DOMINANCE
from streams.enrich.entities.surfaces import key_of
from streams.training.tables.choices import alternatives, any_word, load_choices
from streams.training.tables.sources import Sources
from streams.training.tables.territories import Territory
from streams.training.tables.writing import join_forms

_CHOICES = load_choices("organizations")
EXCLUDED_NAMES = frozenset(_CHOICES["excluded_names"])
_DESCRIPTION, _NAME = _CHOICES["description"], _CHOICES["name"]
ORGANIZATION = any_word(_DESCRIPTION["organization"])
OTHER = any_word(_DESCRIPTION["other"])
WORLDWIDE = any_word(_DESCRIPTION["worldwide"])
IGNORED = any_word(_DESCRIPTION["ignored"])
PUBLIC_BODY = any_word(_NAME["public_body"])
CITY_BODY = any_word(_NAME["city_body"])
GOVERNMENT_BODY = re.compile(rf"({alternatives(_NAME['government_body'])}) (of|for)\b")
LEGAL_FORM = re.compile(rf",? ({alternatives(_NAME['legal_form'])})$")

COMMON_WORD = 12  # a word in this many labels does not tell organisations apart
WELL_KNOWN = 6  # accounts and sites of an organisation that is known by a single word
# Wikidata numbers its entries in the order in which they are made: those below FIRST in its first weeks,
# those below EARLY in its first months, those below LATER mostly from articles of Wikipedias. An organisation
# whose name is also a word, or the name of another thing, must be one of the first.
FIRST, EARLY, LATER = 100_000, 1_000_000, 20_000_000
# WordNet's lexicographer files of things that may share a name with an organisation that keeps the name: a
# person, for whom a tagger does not take it, a word for its product, a unit.
OTHER_BEARERS = {"10", "18", "23"}
FOOD, GROUP, INSTITUTION = "13", "14", {"06", "10", "14"}  # WordNet files Harvard University under buildings
SHORT_NAME = 3  # letters of a name that only capitals tell from another: Kik and KiK


@dataclass(frozen=True)
class _Words:
    """Words and names of all sources, by which a name is judged."""

    common: set[str]  # words of many labels
    ordinary: set[str]  # those of them that do not name a place
    shared_cities: set[str]  # keys of cities that have a namesake of comparable size
    places: set[str]  # keys of all cities and territories
    senses: dict[str, set[str]]  # of WordNet

    @classmethod
    def of(cls, sources: Sources, places: list[Territory]) -> _Words:
        """Return the words of `sources` and the names of `places`."""
        place_names = {key_of(city["name"]) for city in sources.cities.values()}
        place_names |= {key_of(form) for row in places for form in (row.name, *row.aliases, *row.demonyms)}
        counts = Counter(
            word
            for entry in sources.name_suggestions.values()
            for word in set((entry.get("label") or "").casefold().split())
        )
        common = {word for word, count in counts.items() if count >= COMMON_WORD}
        return cls(common, common - place_names, _shared_cities(sources), place_names, sources.senses)


def _shared_cities(sources: Sources) -> set[str]:
    sizes: dict[str, list[int]] = defaultdict(list)
    for city in sources.cities.values():
        sizes[key_of(city["name"])].append(city["population"])
    return {
        name
        for name, populations in sizes.items()
        if len(populations) > 1 and max(populations) < DOMINANCE * sorted(populations)[-2]
    }


def organizations(sources: Sources, places: list[Territory]) -> Iterator[tuple[str, ...]]:
    """Yield the rows in order of their Wikidata ids."""
    words = _Words.of(sources, places)
    place_ids = {row.wikidata for row in places}
    names = {
        qid: _clear_forms(int(qid[1:]), entry, words)
        for qid, entry in sources.name_suggestions.items()
        if qid not in place_ids and _is_organization(entry)
    }
    claims: dict[str, set[str]] = defaultdict(set)
    for qid, forms in names.items():
        for form in forms:
            claims[key_of(form)].add(qid)
    for qid, forms in sorted(names.items(), key=lambda row: int(row[0][1:])):
        label = sources.name_suggestions[qid]["label"]
        unshared = {f for f in forms if len(claims[key_of(f)]) == 1 and key_of(f) not in words.places}
        if label in unshared:
            yield qid, label, join_forms(unshared - {label})


def _is_organization(entry: dict[str, Any]) -> bool:
    """Return True if `entry` describes an organisation that exists."""
    if not _is_name(entry.get("label") or "") or entry.get("dissolutions"):
        return False
    description = entry.get("description") or ""
    return bool(ORGANIZATION.search(IGNORED.sub("", description))) and not OTHER.search(description)


def _clear_forms(number: int, entry: dict[str, Any], words: _Words) -> set[str]:
    """Return the forms of the label, with and without its legal form, that mean this organisation alone."""
    label = entry["label"]
    return {
        form
        for form in (label, LEGAL_FORM.sub("", label))
        if _is_clear(form, entry, words.common)
        and _keeps_name(form, number, entry, words.senses)
        and not _has_namesake_city(form, words.shared_cities)
        and not _is_any_bank(form, words.ordinary)
    }


def _is_clear(name: str, entry: dict[str, Any], common: set[str]) -> bool:
    """Return True if the source says enough to tell by `name` alone which organisation is meant."""
    if not _is_name(name):
        return False
    words = name.casefold().split()
    if len(words) > 1:
        if GOVERNMENT_BODY.match(name):
            return False
        return not (PUBLIC_BODY.search(name) and all(word in common for word in words))
    if name.isupper() and len(name) <= 4:
        return _is_worldwide(entry)
    return _is_well_known(entry)


def _is_worldwide(entry: dict[str, Any]) -> bool:
    return bool(WORLDWIDE.search(entry["description"]))


def _is_well_known(entry: dict[str, Any]) -> bool:
    return _is_worldwide(entry) or len(entry.get("identities", ())) >= WELL_KNOWN


def _keeps_name(name: str, number: int, entry: dict[str, Any], senses: dict[str, set[str]]) -> bool:
    """Return True if the news means the organisation by `name` though WordNet may know another meaning.

    House, for example, is a kitchenware chain of Australia, and The Commons a coworking space: no article
    means them. `number` is the organisation's number in Wikidata.
    """
    key = key_of(name)
    words = key.split()
    others = senses.get(key, set()) - ({GROUP} if len(words) == 1 else INSTITUTION)
    worldwide = _is_worldwide(entry)
    if len(key) <= SHORT_NAME and not name.isupper():
        return number < FIRST
    if len(words) == 1:
        if others:
            early_and_known = number < EARLY and _is_well_known(entry)
            return (number < FIRST and worldwide) or (early_and_known and others <= OTHER_BEARERS)
        return number < LATER or worldwide
    if others:
        return worldwide and others <= {*OTHER_BEARERS, FOOD}
    return number < LATER or len(words) > 2 or not all(word in senses for word in words)


def _has_namesake_city(name: str, shared_cities: set[str]) -> bool:
    """Return True for a public body of a city that has a namesake: the Lafayette Police Department."""
    words = name.split()
    return bool(CITY_BODY.search(name)) and any(
        key_of(" ".join(words[:count])) in shared_cities for count in (1, 2, 3)
    )


def _is_any_bank(name: str, ordinary: set[str]) -> bool:
    """Return True if many banks have this name: First National Bank."""
    words = name.casefold().split()
    return "bank" in words and all(word in ordinary for word in words if word != "bank")


def _is_name(name: str) -> bool:
    """Return True if `name` is written like the name of an organisation."""
    return (
        len(name) >= 3
        and name not in EXCLUDED_NAMES
        and bool(re.fullmatch(r"[A-Z0-9][\w .'’&+\-À-ɏ]*", name))
        and any(c.isalpha() for c in name)
    )
