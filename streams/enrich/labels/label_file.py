"""A label file: one label in TOML, as pydantic models.

The models are the file's format: a field here is a key there. `read_label` reads a file; what is wrong in it
becomes a TaxonomyError of one line with the file, the key, the value and the reason.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import (
    AfterValidator,
    Field,
    Strict,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from streams.enrich.folding import fold_characters
from streams.enrich.labels.english import COMMON_WORDS
from streams.enrich.labels.phrases import GAP
from streams.enrich.validation import Table, describe_problem, must_be, problem
from streams.errors import TaxonomyError

LABEL_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
LABEL_NAME_RULE = "1 to 64 of a-z, 0-9, - and _, because it becomes part of a topic's name"

MOST_WEIGHT = 10.0
MOST_CALIBRATION = 1000.0  # a slope of that is a step
MOST_INFLECTED = 3  # each has about six forms, and every combination is looked for

# Codes that IPTC has retired, and the codes that took their place.
RETIRED_IPTC = {"20000419": "20000418"}
_MEDIA_TOPIC = re.compile(r"\d{8}")

P = TypeVar("P", bound=Iterable[str])


def _check_label(label: str) -> str:
    if not LABEL_NAME.fullmatch(label):
        raise problem(f"must be {LABEL_NAME_RULE}, not {label!r}")
    return label


def _check_media_topics(codes: tuple[str, ...]) -> tuple[str, ...]:
    for code in codes:
        if not _MEDIA_TOPIC.fullmatch(code):
            raise problem(f'must list Media Topic codes of 8 digits, such as "20000418", not {code!r}')
        if code in RETIRED_IPTC:
            raise problem(f'lists "{code}", which is retired by IPTC; use "{RETIRED_IPTC[code]}"')
    return codes


def _check_phrase(phrase: str) -> None:
    parts = phrase.split(GAP)
    if len(parts) > 2:
        raise problem("has more than one gap", key=phrase)
    if phrase.count("~") > MOST_INFLECTED:
        raise problem(f"has more than {MOST_INFLECTED} words with ~", key=phrase)
    words = [fold_characters(part).split() for part in parts]
    if not all(words):
        raise problem("is empty: it has no letters or digits", key=phrase)
    common = frozenset[str]() if phrase.isupper() else COMMON_WORDS
    if not any(len(word) > 1 and word not in common for part in words for word in part):
        raise problem("would be found in nearly every article; add a more specific word", key=phrase)


def _check_phrases(phrases: P) -> P:
    for phrase in phrases:
        _check_phrase(phrase)
    return phrases


Text = Annotated[str, must_be("text")]
FilledText = Annotated[str, Field(pattern=r"\S"), must_be("non-empty text")]
Flag = Annotated[bool, Strict(), must_be("true or false")]
WholeNumber = Annotated[int, Strict(), must_be("a whole number")]
Weight = Annotated[
    float, Strict(), Field(gt=0, le=MOST_WEIGHT), must_be(f"a weight above 0 and at most {MOST_WEIGHT:g}")
]
Phrases = Annotated[dict[str, Weight], AfterValidator(_check_phrases)]


class Calibration(Table):
    """From a raw score s to a probability: `1 / (1 + exp(-(slope * x + intercept)))`, x = +-ln(1 + |s|)."""

    slope: Annotated[
        float,
        Strict(),
        Field(gt=0, le=MOST_CALIBRATION),
        must_be(f"a number above 0 and at most {MOST_CALIBRATION:g}"),
    ]
    intercept: Annotated[
        float,
        Strict(),
        Field(ge=-MOST_CALIBRATION, le=MOST_CALIBRATION),
        must_be(f"a number from -{MOST_CALIBRATION:g} to {MOST_CALIBRATION:g}"),
    ]


LONG = Calibration(slope=4.0, intercept=-5.5)
SHORT = Calibration(slope=4.0, intercept=-5.0)


class Calibrations(Table):
    """The calibrations of long and of short texts."""

    long: Calibration = LONG
    short: Calibration = SHORT


class Examples(Table):
    """Short texts that have the label, and short texts that do not."""

    positive: tuple[FilledText, ...] = ()
    negative: tuple[FilledText, ...] = ()

    @property
    def count(self) -> int:
        """The number of examples of both kinds."""
        return len(self.positive) + len(self.negative)


class EntityRule(Table):
    """`weight` for an article whose lead names `countries` countries, and a person with one of `roles`."""

    weight: Weight
    countries: Annotated[int, Strict(), Field(ge=0), must_be("a whole number from 0")] = 0
    roles: tuple[Annotated[FilledText, AfterValidator(fold_characters)], ...] = ()

    @model_validator(mode="after")
    def _asks_for_something(self) -> EntityRule:
        if not self.countries and not self.roles:
            raise problem("asks for nothing: give countries, roles or both")
        return self


class LabelFile(Table):
    """One label as its file describes it."""

    label: Annotated[Text, AfterValidator(_check_label)]
    name: Text = Field("", validate_default=True)
    version: WholeNumber = 1
    iptc: Annotated[tuple[FilledText, ...], AfterValidator(_check_media_topics)] = ()
    description: Text = ""
    definition: Annotated[Text, AfterValidator(str.strip)] = ""
    threshold: Annotated[float, Strict(), Field(gt=0, lt=1), must_be("a number between 0 and 1")] = 0.5
    replaces: Flag = False
    phrases: Phrases = Field({}, validate_default=True)
    contra: Phrases = Field({})
    excludes: Annotated[tuple[FilledText, ...], AfterValidator(_check_phrases)] = ()
    examples: Examples = Examples()
    entities: EntityRule | None = None
    calibration: Calibrations = Calibrations()

    @field_validator("name")
    @classmethod
    def _name_after_the_label(cls, name: str, info: ValidationInfo) -> str:
        return name or str(info.data.get("label", "")).replace("-", " ").replace("_", " ").capitalize()

    @field_validator("phrases")
    @classmethod
    def _are_different(cls, phrases: dict[str, float]) -> dict[str, float]:
        if not phrases:
            raise problem("is missing or empty; a label needs at least one phrase")
        seen: dict[tuple[str, bool], str] = {}
        for phrase in phrases:
            parts = (" ".join(fold_characters(part).split()) for part in phrase.split(GAP))
            form = (GAP.join(parts), phrase.isupper())
            if (first := seen.setdefault(form, phrase)) != phrase:
                raise problem(f'is the same phrase as "{first}"', key=phrase)
        return phrases

    @field_validator("contra")
    @classmethod
    def _do_not_contradict(cls, contra: dict[str, float], info: ValidationInfo) -> dict[str, float]:
        for phrase in info.data.get("phrases", ()):
            if phrase in contra:
                raise problem("speaks for the label as well as against it; keep one of the two", key=phrase)
        return contra


def read_label(source: Path | Traversable) -> LabelFile:
    """Return the label that the file `source` describes.

    Raise TaxonomyError, with the file, the key, the value and the reason, if it cannot be used.
    """
    try:
        content = source.read_text(encoding="utf-8")
    except OSError as error:
        raise TaxonomyError(f"{source}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TaxonomyError(f"{source}: is not UTF-8: {error.reason} at byte {error.start}") from error
    return parse_label(content, str(source))


def parse_label(content: str, name: str) -> LabelFile:
    """Return the label that `content`, the text of the file called `name`, describes.

    Raise TaxonomyError, with the file, the key, the value and the reason, if it cannot be used.
    """
    try:
        return LabelFile.model_validate(tomllib.loads(content))
    except ValidationError as error:
        raise TaxonomyError(f"{name}: {describe_problem(error)}") from error
    except ValueError as error:  # TOMLDecodeError; or a number with more digits than Python reads
        raise TaxonomyError(f"{name}: is not valid TOML: {error}") from error
    except RecursionError as error:
        raise TaxonomyError(f"{name}: is not valid TOML: nested too deeply") from error
