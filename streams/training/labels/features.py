"""What the student reads of an article: its words, and what today's phrases say.

The features of all texts are kept in one file of the work folder, because tagging takes minutes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from streams.enrich.labels.gold import LabelledArticle
from streams.enrich.labels.labeller import Assessment
from streams.enrich.labels.words import Words, read_words
from streams.events import CleanArticle, TaggedArticle

VERSION = "1"
"""Part of the keys of kept features; raise it when the same text gives other features."""

BATCH = 64


@dataclass(frozen=True)
class Features:
    """The words of an article, the raw score of each label by phrases, and the labels that those give."""

    words: Words
    phrases: NDArray[np.float32]
    given: frozenset[str]


class Tagger(Protocol):
    """What finds the entities; `streams.enrich.entities.EntityTagger` is one."""

    @property
    def provenance(self) -> object:
        """Return the version of the tagger."""

    def tag(self, articles: list[CleanArticle]) -> list[TaggedArticle]:
        """Return each article with its entities, in the order given."""


class Phrases(Protocol):
    """What scores the phrases; `streams.enrich.labels.Labeller` is one."""

    @property
    def taxonomy_hash(self) -> str:
        """Return the version of the phrases."""

    def assess(self, article: TaggedArticle) -> Sequence[Assessment]:
        """Return how each label fits the article."""


class FeatureFile:
    """Computes features by a tagger and a labeller, and keeps them in a file."""

    def __init__(
        self,
        path: Path,
        tagger: Tagger,
        labeller: Phrases,
        progress: Callable[[int, int], None] = lambda done, missing: None,
    ) -> None:
        self._path, self._tagger, self._labeller, self._progress = path, tagger, labeller, progress
        self._version = f"{VERSION} {labeller.taxonomy_hash} {tagger.provenance}"

    def of(self, articles: Sequence[LabelledArticle]) -> list[Features]:
        """Return the features of each article; compute and keep those that the file lacks.

        After each batch tell `progress` how many are computed, and how many were missing.
        """
        stored = self._stored()
        keys = [self._key(labelled.article) for labelled in articles]
        missing = {
            key: labelled.article for key, labelled in zip(keys, articles, strict=True) if key not in stored
        }
        waiting = list(missing.items())
        for first in range(0, len(waiting), BATCH):
            chunk = waiting[first : first + BATCH]
            tagged = self._tagger.tag([_clean(article) for _, article in chunk])
            stored |= {key: self._row(article) for (key, _), article in zip(chunk, tagged, strict=True)}
            self._progress(first + len(chunk), len(waiting))
        if waiting:
            self._write(stored)
        return [_features(stored[key]) for key in keys]

    def _key(self, article: TaggedArticle) -> str:
        parts = (self._version, article.headline or "", article.text)
        return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:24]

    def _row(self, tagged: TaggedArticle) -> dict[str, Any]:
        words = read_words(tagged)
        assessments = self._labeller.assess(tagged)
        return {
            "forms": " ".join(words.forms),
            "kinds": words.kinds.tolist(),
            "parts": words.parts.tolist(),
            "phrases": [assessment.raw for assessment in assessments],
            "given": [assessment.definition.label for assessment in assessments if assessment.applies],
        }

    def _stored(self) -> dict[str, dict[str, Any]]:
        if not self._path.exists():
            return {}
        with self._path.open(encoding="utf-8") as lines:
            return {row.pop("key"): row for row in map(json.loads, lines)}

    def _write(self, rows: dict[str, dict[str, Any]]) -> None:
        part = self._path.with_suffix(".part")
        with part.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps({"key": key, **row}) + "\n" for key, row in rows.items())
        part.replace(self._path)


def _clean(article: TaggedArticle) -> CleanArticle:
    return CleanArticle(
        article_id=article.article_id, headline=article.headline, text=article.text, language="en"
    )


def _features(row: dict[str, Any]) -> Features:
    words = Words(row["forms"].split(), np.array(row["kinds"], np.int8), np.array(row["parts"], np.int8))
    return Features(words, np.array(row["phrases"], np.float32), frozenset(row["given"]))
