"""Labelled articles, to measure and calibrate labels: JSON Lines with `text`, `labels` and `ambiguous`."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError

from streams.enrich.labels.calibration import fit
from streams.enrich.labels.label_file import Calibration, Calibrations
from streams.enrich.labels.labeller import Assessment, Labeller
from streams.errors import SourceError
from streams.events import TaggedArticle


@dataclass(frozen=True)
class LabelledArticle:
    """An article with the labels that a reader gave it, and those that the reader left open."""

    article: TaggedArticle
    labels: frozenset[str]
    ambiguous: frozenset[str]


@dataclass(frozen=True)
class Judged:
    """A labelled article with the assessment of one label, and whether it has the label in truth."""

    article: TaggedArticle
    truth: bool
    assessment: Assessment


def read_labelled(path: Path) -> list[LabelledArticle]:
    """Return the articles of a JSON Lines file, which may be gzip-compressed.

    Each line has `text`, perhaps a `headline` (or `title`), the `labels` of the article, and perhaps the
    `ambiguous` ones. Raise SourceError, with file and line, if a line cannot be used.
    """
    articles = []
    try:
        with (
            gzip.open(path, "rt", encoding="utf-8")
            if path.suffix == ".gz"
            else path.open(encoding="utf-8") as lines
        ):
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    articles.append(_labelled(f"{path}:{number}", line))
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: is not UTF-8: {error.reason} at byte {error.start}") from error
    return articles


def judge(labeller: Labeller, label: str, articles: Sequence[LabelledArticle]) -> Iterator[Judged]:
    """Yield the assessment of `label` for each article for which the reader decided."""
    index = labeller.labels.index(label)
    for labelled in articles:
        if label not in labelled.ambiguous:
            assessment = labeller.assess(labelled.article)[index]
            yield Judged(labelled.article, label in labelled.labels, assessment)


def fit_calibrations(labelled: Sequence[Judged], current: Calibrations) -> Calibrations:
    """Return calibrations fitted to the articles; where those are too few, the `current` one."""
    return Calibrations(
        long=_fit([judged for judged in labelled if not judged.assessment.short]) or current.long,
        short=_fit([judged for judged in labelled if judged.assessment.short]) or current.short,
    )


def _fit(labelled: Sequence[Judged]) -> Calibration | None:
    return fit([judged.assessment.raw for judged in labelled], [judged.truth for judged in labelled])


def _labelled(where: str, line: str) -> LabelledArticle:
    try:
        fields = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise SourceError(f"{where}: is not valid JSON: {error.msg} at column {error.colno}") from error
    if not isinstance(fields, dict) or not isinstance(fields.get("text"), str):
        raise SourceError(f"{where}: needs a field `text`, which is text")
    headline = fields.get("headline") or fields.get("title") or None
    text = fields["text"]
    if isinstance(headline, str) and not text.startswith(headline):
        text = f"{headline}\n\n{text}"
    try:
        article = TaggedArticle(
            article_id=fields.get("id") or fields.get("article_id"),
            headline=headline,
            text=text,
            language="en",
            entities=[],
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise SourceError(f"{where}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    return LabelledArticle(
        article, _names(where, fields, "labels"), _names(where, fields, "ambiguous", missing=[])
    )


def _names(where: str, fields: dict[str, Any], key: str, missing: Any = None) -> frozenset[str]:
    names = fields.get(key, missing)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise SourceError(f'{where}: {key} must be a list of labels, such as ["climate"], not {names!r}')
    return frozenset(names)
