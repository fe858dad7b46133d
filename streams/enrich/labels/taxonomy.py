"""The taxonomy: all labels in use, from the shipped label files and a user's own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from streams.enrich.labels.label_file import LabelFile, read_label
from streams.enrich.labels.phrases import Phrase, Role
from streams.errors import TaxonomyError

SCORING_VERSION = 1  # part of the hash; raise it when the same files give other scores


@dataclass(frozen=True)
class Taxonomy:
    """All labels in use, in the order of their names."""

    labels: tuple[LabelFile, ...]

    def hash(self, *inputs: str) -> str:
        """Return 16 hex digits that change with every value in the files and with `inputs`."""
        canonical = json.dumps([SCORING_VERSION, inputs, list(map(_hashed, self.labels))], sort_keys=True)
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]

    def phrases(self) -> Iterator[Phrase]:
        """Yield every phrase of every label; `Phrase.label` is the label's position in `labels`."""
        for index, label in enumerate(self.labels):
            for written, weight in label.phrases.items():
                yield Phrase(index, Role.FOR, written, weight)
            for written, weight in label.contra.items():
                yield Phrase(index, Role.AGAINST, written, -weight)
            for written in label.excludes:
                yield Phrase(index, Role.EXCLUDED, written, 0.0)


def load_taxonomy(folder: Path | None = None) -> Taxonomy:
    """Return the shipped labels together with those of a user's `folder`.

    Raise TaxonomyError, with the file, the key, the value and the reason, if a file cannot be used.
    """
    shipped = _read_all(resources.files("streams.enrich.labels") / "taxonomy")
    if folder is None:
        return _sorted(shipped)
    if not folder.is_dir():
        raise TaxonomyError(f"{folder}: no such folder; create it, or name another one in WIREROOM_TAXONOMY")
    return _sorted({**shipped, **_read_all(folder, shipped=shipped)})


def _read_all(
    folder: Path | Traversable, shipped: Mapping[str, LabelFile] | None = None
) -> dict[str, LabelFile]:
    """Return the labels in `folder` by name; a label of `shipped` must say that it replaces it."""
    labels: dict[str, LabelFile] = {}
    files: dict[str, Traversable] = {}
    for source in sorted(folder.iterdir(), key=lambda file: file.name):
        if not source.name.endswith(".toml"):
            continue
        label = read_label(source)
        name = label.label
        if shipped and name in shipped and not label.replaces:
            raise TaxonomyError(
                f'{source}: label "{name}" is shipped with Wireroom; rename yours, or add `replaces = true` '
                "to use it"
            )
        if name in labels:
            raise TaxonomyError(
                f'{source}: label "{name}" is already defined in {files[name].name}; rename one'
            )
        labels[name], files[name] = label, source
    return labels


def _sorted(labels: Mapping[str, LabelFile]) -> Taxonomy:
    return Taxonomy(tuple(labels[name] for name in sorted(labels)))


def _hashed(label: LabelFile) -> dict[str, Any]:
    """Return the fields of `label` as they are hashed: flat, so that the hashes of earlier releases stay."""
    fields = label.model_dump(exclude={"examples", "calibration"})
    return {**fields, **label.examples.model_dump(), **label.calibration.model_dump()}
