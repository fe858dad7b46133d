"""The taxonomy: one TOML file for each label, the shipped ones and a user's own, checked before use."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Never

from streams.enrich.folding import fold_characters
from streams.enrich.labels.phrases import GAP, Phrase, Role
from streams.errors import TaxonomyError

MOST_WEIGHT = 10.0
MOST_CALIBRATION = 1000.0  # a slope of that is a step
MOST_INFLECTED = 3  # each has about six forms, and every combination is looked for
RULES = 1  # part of the hash: goes up whenever the same files give other scores

# Codes that IPTC has retired, and what took their place.
RETIRED_IPTC = {"20000419": "20000418"}

# Words that stand in nearly every article: a phrase made of them alone would label everything.
_EVERYWHERE = """
a about after all also an and are as at be been but by can could did do for from had has have he her his i if
in into is it its more new no not of on one or other our out over said say says she so some than that the
their them there they this to two up was we were what when which who will with would you
"""
_KEYS = {
    "label": str,
    "name": str,
    "version": int,
    "iptc": list,
    "description": str,
    "definition": str,
    "threshold": float,
    "replaces": bool,
    "phrases": dict,
    "contra": dict,
    "excludes": list,
    "examples": dict,
    "entities": dict,
    "calibration": dict,
}
_TYPE_NAMES = {
    str: "text",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "a table",
    bool: "true or false",
}


@dataclass(frozen=True)
class Calibration:
    """From a raw score s to a probability: `1 / (1 + exp(-(slope * x + intercept)))`, x = +-ln(1 + |s|)."""

    slope: float
    intercept: float


@dataclass(frozen=True)
class EntityRule:
    """`weight` for an article whose lead names so many `countries`, and someone with one of the `roles`."""

    weight: float
    countries: int
    roles: tuple[str, ...]


@dataclass(frozen=True)
class LabelFile:
    """One label as its file describes it."""

    label: str
    name: str
    version: int
    iptc: tuple[str, ...]
    description: str
    definition: str
    threshold: float
    phrases: Mapping[str, float]
    contra: Mapping[str, float]
    excludes: tuple[str, ...]
    positive: tuple[str, ...]
    negative: tuple[str, ...]
    long: Calibration
    short: Calibration
    entities: EntityRule | None
    replaces: bool = False


LONG = Calibration(slope=4.0, intercept=-5.5)
SHORT = Calibration(slope=4.0, intercept=-5.0)


@dataclass(frozen=True)
class Taxonomy:
    """All labels in use, by name."""

    labels: tuple[LabelFile, ...]

    def hash(self, *also: str) -> str:
        """16 hex digits that change with anything in the files, and in ALSO, that can change a score."""
        canonical = json.dumps([RULES, also, [asdict(label) for label in self.labels]], sort_keys=True)
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]

    def phrases(self) -> Iterator[Phrase]:
        """Every phrase of every label; `Phrase.label` counts in the order of `labels`."""
        for index, label in enumerate(self.labels):
            for written, weight in label.phrases.items():
                yield Phrase(index, Role.FOR, written, weight)
            for written, weight in label.contra.items():
                yield Phrase(index, Role.AGAINST, written, -weight)
            for written in label.excludes:
                yield Phrase(index, Role.EXCLUDED, written, 0.0)


def load_taxonomy(folder: Path | None = None) -> Taxonomy:
    """The shipped labels and those of a user's FOLDER, by name.

    Raises TaxonomyError, which names file, key and reason.
    """
    shipped = _read_all(resources.files("streams.enrich.labels") / "taxonomy")
    if folder is None:
        return _sorted(shipped)
    if not folder.is_dir():
        raise TaxonomyError(f"{folder}: no such folder; set WIREROOM_TAXONOMY to a folder of label files")
    own = _read_all(folder, shipped=frozenset(shipped))
    return _sorted({**shipped, **own})


def read_label(source: Path | Traversable, *, shipped: frozenset[str] = frozenset()) -> LabelFile:
    """The label that the file SOURCE describes. Raises TaxonomyError, which names file, key and reason."""
    try:
        fields = tomllib.loads(source.read_text(encoding="utf-8"))
    except OSError as error:
        raise TaxonomyError(f"{source}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TaxonomyError(f"{source}: not UTF-8: {error.reason} at byte {error.start}") from error
    except tomllib.TOMLDecodeError as error:
        raise TaxonomyError(f"{source}: not TOML: {error}") from error
    except RecursionError as error:
        raise TaxonomyError(f"{source}: not TOML: nested too deeply") from error
    return _Reader(str(source), fields, shipped).label()


def _read_all(folder: Path | Traversable, shipped: frozenset[str] = frozenset()) -> dict[str, LabelFile]:
    labels: dict[str, LabelFile] = {}
    files: dict[str, Traversable] = {}
    for source in sorted(folder.iterdir(), key=lambda file: file.name):
        if not source.name.endswith(".toml"):
            continue
        label = read_label(source, shipped=shipped)
        if label.label in labels:
            other = files[label.label].name
            raise TaxonomyError(f'{source}: label: "{label.label}" is already defined in {other}; rename one')
        labels[label.label], files[label.label] = label, source
    return labels


def _sorted(labels: Mapping[str, LabelFile]) -> Taxonomy:
    return Taxonomy(tuple(labels[name] for name in sorted(labels)))


class _Reader:
    """Takes the fields of one file apart; every fault is named by file and key."""

    def __init__(self, source: str, fields: dict[str, Any], shipped: frozenset[str]) -> None:
        self.source, self.fields, self.shipped = source, fields, shipped

    def refuse(self, key: str, reason: str) -> Never:
        raise TaxonomyError(f"{self.source}: {key}: {reason}")

    def label(self) -> LabelFile:
        for key, value in self.fields.items():
            if key not in _KEYS:
                self.refuse(key, f"no such key; there are {', '.join(_KEYS)}")
            kind = _KEYS[key]
            if not isinstance(value, (int, float) if kind is float else kind) or (
                isinstance(value, bool) and kind is not bool
            ):
                self.refuse(key, f"must be {_TYPE_NAMES[kind]}, not {value!r}")
        label = self._name()
        phrases, contra = self._weights("phrases"), self._weights("contra")
        if not phrases:
            self.refuse("phrases", "is missing or empty; a label needs at least one phrase")
        excludes = self._texts("excludes", self.fields.get("excludes", []))
        for phrase in excludes:
            self._check_phrase("excludes", phrase)
        self._refuse_repeats(phrases, contra)
        return LabelFile(
            label=label,
            name=self.fields.get("name") or label.replace("-", " ").replace("_", " ").capitalize(),
            version=self.fields.get("version", 1),
            iptc=self._iptc(),
            description=self.fields.get("description", ""),
            definition=self.fields.get("definition", "").strip(),
            threshold=self._threshold(),
            phrases=phrases,
            contra=contra,
            excludes=excludes,
            positive=self._examples("positive"),
            negative=self._examples("negative"),
            long=self._calibration("long", LONG),
            short=self._calibration("short", SHORT),
            entities=self._entities(),
            replaces=self.fields.get("replaces", False),
        )

    def _name(self) -> str:
        label: str = self.fields.get("label", "")
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", label):
            self.refuse(
                "label",
                f"must be 1 to 64 of a-z, 0-9, - and _, as it becomes a topic's name, not {label!r}"
                if label
                else "is missing",
            )
        if label in self.shipped and not self.fields.get("replaces", False):
            self.refuse(
                "label",
                f'"{label}" is shipped with Wireroom; rename yours, or add `replaces = true` to use it',
            )
        return label

    def _iptc(self) -> tuple[str, ...]:
        codes = self._texts("iptc", self.fields.get("iptc", []))
        for code in codes:
            if not re.fullmatch(r"\d{8}", code):
                self.refuse("iptc", f'"{code}" is no Media Topic code: 8 digits, such as "20000418"')
            if code in RETIRED_IPTC:
                self.refuse("iptc", f'"{code}" is retired by IPTC; use "{RETIRED_IPTC[code]}"')
        return codes

    def _threshold(self) -> float:
        threshold = self.fields.get("threshold", 0.5)
        if not 0 < threshold < 1:
            self.refuse("threshold", f"must lie between 0 and 1, not {threshold}")
        return float(threshold)

    def _weights(self, key: str) -> dict[str, float]:
        for phrase, weight in self.fields.get(key, {}).items():
            self._check_phrase(key, phrase)
            number = isinstance(weight, int | float) and not isinstance(weight, bool)
            if not number or not 0 < weight <= MOST_WEIGHT:
                self.refuse(
                    f'{key}."{phrase}"', f"weight must be above 0, at most {MOST_WEIGHT:g}, not {weight!r}"
                )
        return {phrase: float(weight) for phrase, weight in self.fields.get(key, {}).items()}

    def _check_phrase(self, key: str, phrase: str) -> None:
        where = f'{key}."{phrase}"'
        parts = phrase.split(GAP)
        if len(parts) > 2:
            self.refuse(where, "has more than one gap")
        if phrase.count("~") > MOST_INFLECTED:
            self.refuse(where, f"has more than {MOST_INFLECTED} words with ~")
        words = [fold_characters(part).split() for part in parts]
        if not all(words):
            self.refuse(where, "is empty: no letters or digits")
        common = set() if phrase.isupper() else set(_EVERYWHERE.split())
        if not any(len(word) > 1 and word not in common for part in words for word in part):
            self.refuse(where, "would be found in nearly every article; add a word that tells something")

    def _refuse_repeats(self, phrases: Mapping[str, float], contra: Mapping[str, float]) -> None:
        seen: dict[tuple[str, bool], str] = {}
        for phrase in phrases:
            form = (
                GAP.join(" ".join(fold_characters(part).split()) for part in phrase.split(GAP)),
                phrase.isupper(),
            )
            if (first := seen.setdefault(form, phrase)) != phrase:
                self.refuse(f'phrases."{phrase}"', f'is the same phrase as "{first}"')
            if phrase in contra:
                self.refuse(f'contra."{phrase}"', "speaks for the label and against it")

    def _texts(self, key: str, values: list[Any]) -> tuple[str, ...]:
        for value in values:
            if not isinstance(value, str) or not value.strip():
                self.refuse(key, f"must list texts, not {value!r}")
        return tuple(values)

    def _examples(self, side: str) -> tuple[str, ...]:
        examples = self.fields.get("examples", {})
        if unknown := examples.keys() - {"positive", "negative"}:
            self.refuse(f"examples.{min(unknown)}", "no such key; there are positive and negative")
        values = examples.get(side, [])
        if not isinstance(values, list):
            self.refuse(f"examples.{side}", f"must be a list of texts, not {values!r}")
        return self._texts(f"examples.{side}", values)

    def _entities(self) -> EntityRule | None:
        rule = self.fields.get("entities")
        if rule is None:
            return None
        if not rule.keys() <= {"weight", "countries", "roles"} or not isinstance(rule.get("roles", []), list):
            self.refuse("entities", f'must be weight = 0.5, countries = 2, roles = ["..."], not {rule!r}')
        weight, countries = rule.get("weight"), rule.get("countries", 0)
        if not isinstance(weight, int | float) or isinstance(weight, bool) or not 0 < weight <= MOST_WEIGHT:
            self.refuse("entities.weight", f"must be above 0, at most {MOST_WEIGHT:g}, not {weight!r}")
        if not isinstance(countries, int) or isinstance(countries, bool) or countries < 0:
            self.refuse("entities.countries", f"must be a whole number from 0, not {countries!r}")
        roles = tuple(fold_characters(role) for role in self._texts("entities.roles", rule.get("roles", [])))
        if not countries and not roles:
            self.refuse("entities", "asks for nothing: give countries, roles or both")
        return EntityRule(float(weight), countries, roles)

    def _calibration(self, length: str, default: Calibration) -> Calibration:
        calibrations = self.fields.get("calibration", {})
        if unknown := calibrations.keys() - {"long", "short"}:
            self.refuse(f"calibration.{min(unknown)}", "no such key; there are long and short")
        if length not in calibrations:
            return default
        given = calibrations[length]
        if not isinstance(given, dict) or given.keys() != {"slope", "intercept"}:
            self.refuse(
                f"calibration.{length}", f"must be {{ slope = 4.0, intercept = -6.0 }}, not {given!r}"
            )
        for key, value in given.items():
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not abs(value) <= MOST_CALIBRATION or (key == "slope" and value <= 0):
                self.refuse(
                    f"calibration.{length}.{key}", f"must be a number, the slope above 0, not {value!r}"
                )
        return Calibration(float(given["slope"]), float(given["intercept"]))
