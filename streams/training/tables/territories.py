"""The rows of territories.tsv: countries, dependencies, subdivisions, former states, regions and unions."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from streams.enrich.entities.linking.tables import LARGE_CITY, RANK
from streams.training.tables.choices import forms_by_code, load_choices
from streams.training.tables.sources import Sources
from streams.training.tables.writing import without_accents

_CHOICES = load_choices("territories")
ALIASES = forms_by_code(_CHOICES["aliases"])
DEMONYMS = forms_by_code(_CHOICES["demonyms"])
WIKIDATA = {code: entry["id"] for code, entry in _CHOICES["wikidata"].items()}
ABBREVIATIONS = frozenset(_CHOICES["abbreviations"])
KEPT_SUBDIVISIONS = frozenset(_CHOICES["kept_subdivisions"])
EXCLUDED_CODES = frozenset(_CHOICES["excluded_codes"])
EXCLUDED_ALIASES = frozenset(_CHOICES["excluded_aliases"])
EXCLUDED_DEMONYMS = frozenset(_CHOICES["excluded_demonyms"])

LATIN = re.compile(r"[A-Z][A-Za-z .'’\-,&À-ɏ]*")
REGION_LEVELS = ("region", "subregion", "intermediateRegion", "sharedLandform")
# Endings of demonyms that form a plural with s: Americans, Iraqis. British and Chinese do not.
PLURAL_ENDINGS = ("an", "i", "ian", "er", "ine", "ino", "ina", "ek", "jik")


@dataclass
class Territory:
    """A row of territories.tsv."""

    wikidata: str
    kind: str  # country, dependency, subdivision, historical, region, union
    iso3166: str
    geonames: str
    name: str
    aliases: set[str] = field(default_factory=set)
    demonyms: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class _Indexes:
    """Indexes over the sources."""

    countries: dict[str, dict[str, Any]]  # of world-countries, by ISO code
    us_states: dict[str, str]  # GeoNames ids by ISO code
    wikidata: dict[tuple[str, str], str]  # of country-coder, by ISO code and name
    large_cities: set[tuple[str, str]]  # country code and name

    @classmethod
    def of(cls, sources: Sources) -> _Indexes:
        """Return the indexes over `sources`."""
        return cls(
            countries={row["cca2"]: row for row in sources.world_countries},
            us_states={f"US-{code}": str(row["geonameid"]) for code, row in sources.us_states.items()},
            wikidata={
                (feature.get("iso1A2") or feature.get("country", ""), feature["nameEn"]): feature["wikidata"]
                for feature in sources.country_coder
            },
            large_cities={
                (city["countrycode"], spelling)
                for city in sources.cities.values()
                if city["population"] >= LARGE_CITY
                for spelling in (city["name"], without_accents(city["name"]))
            },
        )


def territories(sources: Sources) -> list[Territory]:
    """Return the rows, sorted by kind and name.

    If two territories claim a form, the one whose first name it is keeps it, or else neither does.
    """
    indexes = _Indexes.of(sources)
    rows: list[Territory] = []
    for entry in sources.rigour:
        if "qid" not in entry or entry["code"] in EXCLUDED_CODES:
            continue
        territory = _territory(entry, sources, indexes)
        shares_city_name = (entry["code"][:2].upper(), territory.name) in indexes.large_cities
        if territory.kind != "subdivision" or territory.iso3166 in KEPT_SUBDIVISIONS or not shares_city_name:
            rows.append(territory)
    rows += _regions(sources, {row.name for row in rows})
    _add_plurals(rows)
    _drop_ambiguous(rows, {city["name"] for city in sources.cities.values()})
    return sorted(rows, key=lambda row: (row.kind, row.name))


def _territory(entry: dict[str, Any], sources: Sources, indexes: _Indexes) -> Territory:
    """Return the row of an entry of rigour."""
    code = entry["code"].upper()
    country = indexes.countries.get(code)
    iso = code if country or code in sources.subdivision_codes else ""
    name = country["name"]["common"] if country else re.sub(r" \(.*\)$", "", entry["name"])
    geonames = str(sources.geonames_countries.get(iso, {}).get("geonameid", ""))
    territory = Territory(
        # The country of that name, not the kingdom around it: Denmark, the Netherlands.
        wikidata=indexes.wikidata.get((iso, name), _wikidata(entry)),
        kind=_kind(entry, country),
        iso3166=iso,
        geonames=geonames or indexes.us_states.get(iso, ""),
        name=name,
        demonyms=_demonyms(entry, country),
    )
    territory.aliases = _aliases(entry, country, territory, sources.press_abbreviations)
    return territory


def _wikidata(entry: dict[str, Any]) -> str:
    own: str = entry["qid"]
    chosen = WIKIDATA.get(entry["code"], own)
    return chosen if chosen in entry.get("other_qids", ()) else own


def _kind(entry: dict[str, Any], country: dict[str, Any] | None) -> str:
    if entry["code"] in ("eu", "un"):
        return "union"
    if entry.get("is_historical"):
        return "historical"
    if country and (country["independent"] or country["unMember"] or country["cca2"] in ("TW", "PS", "XK")):
        return "country"
    return "subdivision" if "-" in entry["code"] else "dependency"


def _demonyms(entry: dict[str, Any], country: dict[str, Any] | None) -> set[str]:
    """Return the demonyms of world-countries, and those of rigour that `DEMONYMS` lists."""
    demonyms = set(DEMONYMS.get(entry["code"], ())) & set(entry.get("names_weak", ()))
    if country:
        english = country["demonyms"].get("eng", {})
        demonyms |= {d for form in english.values() for d in re.split(r", | or ", form) if d}
    return {d for d in demonyms if LATIN.fullmatch(d)} - EXCLUDED_DEMONYMS


def _aliases(
    entry: dict[str, Any],
    country: dict[str, Any] | None,
    territory: Territory,
    press_abbreviations: dict[str, str],
) -> set[str]:
    """Return the other names of `territory` that English news can use."""
    code = entry["code"]
    # rigour's other names are in all languages: those without accents are English enough.
    strong = (n.title() if n.islower() else n for n in entry.get("names_strong", ()) if n.isascii())
    forms = {entry["name"], *strong, entry.get("full_name", "")}
    forms |= set(ALIASES.get(code, ())) & {*entry.get("names_weak", ()), *entry.get("names_strong", ())}
    if country:
        forms |= {country["name"]["official"], *country["altSpellings"]}
    aliases = {form for form in forms if _is_usable(form)}
    aliases -= {territory.name, *territory.demonyms, *EXCLUDED_ALIASES}
    if territory.iso3166 in press_abbreviations:
        aliases |= {press_abbreviations[territory.iso3166]} - {territory.name}
    if "U.S." in aliases:
        aliases |= {"US", "USA"}
    if territory.kind == "union":
        aliases |= {code.upper(), f"{code[0]}.{code[1]}.".upper()}
    return aliases


def _is_usable(form: str) -> bool:
    """Return True if English news can use `form`: not a code, not in list order, not in another script."""
    if form.isupper() or (len(form) <= 4 and "." in form):
        return form in ABBREVIATIONS
    return len(form) >= 4 and bool(LATIN.fullmatch(form)) and "," not in form


def _regions(sources: Sources, names: set[str]) -> Iterator[Territory]:
    """Yield the continents and world regions of country-coder whose names are not among `names`."""
    for feature in sources.country_coder:
        if feature.get("level") in REGION_LEVELS and feature["nameEn"] not in names:
            yield Territory(feature["wikidata"], "region", "", "", feature["nameEn"])


def _add_plurals(rows: list[Territory]) -> None:
    for row in rows:
        row.demonyms |= {f"{demonym}s" for demonym in row.demonyms if demonym.endswith(PLURAL_ENDINGS)}


def _drop_ambiguous(rows: list[Territory], cities: set[str]) -> None:
    """Drop from each row the forms that name a city, or a territory of a higher rank.

    Tunis, for example, is listed as a form of Tunisia.
    """
    names = {row.name for row in rows}
    claims: dict[str, list[Territory]] = defaultdict(list)
    for row in rows:
        for form in row.aliases | row.demonyms:
            claims[form].append(row)
    chosen = {form for forms in ALIASES.values() for form in forms}
    for row in rows:
        row.aliases -= cities - chosen
    for form, claimants in claims.items():
        best = min(RANK[row.kind] for row in claimants)
        keepers = [row for row in claimants if RANK[row.kind] == best]
        for row in claimants:
            if form in names or len(keepers) > 1 or row is not keepers[0]:
                row.aliases.discard(form)
                row.demonyms.discard(form)
