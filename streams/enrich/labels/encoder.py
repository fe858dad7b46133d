"""The encoder of the accurate labeller: MiniLM, fine-tuned on labelled news, beside the compact labeller.

It reads the beginning of an article in chunks of word pieces and gives each chunk a logit for every label.
The article's logit is the log-mean-exp over its chunks: a subject of one chunk counts, of all chunks more.
The compact labeller makes other mistakes, so the two are added. Needs the extra wireroom[accurate].
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from streams.enrich.labels.base import Decision
from streams.enrich.onnx_model import open_model, refusing
from streams.enrich.wordpieces import VOCABULARY, WordPieceCutter
from streams.errors import UnknownLabeller
from streams.events import TaggedArticle

MODEL = Path(__file__).with_name("models") / "accurate.onnx"

RunModel = Callable[[NDArray[np.int64]], NDArray[np.float32]]
"""From the ids of one chunk, with its marks, to its logits: [1, pieces] to [1, labels].

The 8-bit model scales its activations over the whole run, so another chunk in the run would change them.
"""


class Reading(NamedTuple):
    """How much of an article is read: up to `chunks` chunks of `pieces` word pieces.

    A later chunk of fewer than `least` pieces is not read.
    """

    pieces: int
    least: int
    chunks: int


class LabelSetup(NamedTuple):
    """How the logit of a label is used.

    `weight` times the logit is added to the compact raw score; `decision` is for the sum.
    """

    weight: float
    decision: Decision


_READING = TypeAdapter(Reading)
_LABELS = TypeAdapter(dict[str, LabelSetup])


class Encoder:
    """Scores articles with a model, beside the compact labeller. Not safe for several threads."""

    def __init__(
        self,
        run: RunModel,
        cutter: WordPieceCutter,
        *,
        version: str,
        labels: Mapping[str, LabelSetup],
        reading: Reading,
    ) -> None:
        """Take a model and its metadata; `labels` are in the order of the model's logits."""
        self.version = f"accurate {version}"
        self.labels: tuple[str, ...] = tuple(labels)
        self.decisions: Mapping[str, Decision] = {label: setup.decision for label, setup in labels.items()}
        self._weights = np.array([setup.weight for setup in labels.values()])
        self._run, self._cutter, self._reading = run, cutter, reading

    @classmethod
    def load(cls, path: Path = MODEL) -> Encoder:
        """Load the model file at `path`, to run on one core.

        Raise UnknownLabeller if onnxruntime is not installed, or if the file is missing or damaged.
        """
        with refusing(path, UnknownLabeller, "the accurate labeller needs", "the compact labeller"):
            session = open_model(path)
            metadata = session.get_modelmeta().custom_metadata_map
            encoder = cls(
                lambda ids: session.run(["logits"], {"ids": ids})[0],
                WordPieceCutter(VOCABULARY),
                version=f"{metadata['version']} {_fingerprint(path)}",
                labels=_LABELS.validate_json(metadata["labels"]),
                reading=_READING.validate_json(metadata["reading"]),
            )
            encoder.check()
        return encoder

    def logits(self, article: TaggedArticle) -> NDArray[np.float64]:
        """Return what is added to the raw score of each of `labels`; it depends on the text alone."""
        pieces = self._cutter.cut(article.text, self._reading.pieces * self._reading.chunks)
        rows = [self._chunk_logits(chunk) for chunk in chunks(pieces, self._reading)]
        return self._weights * log_mean_exp(np.array(rows))

    def check(self) -> None:
        """Raise ValueError if the model does not give each label a finite logit for a whole chunk."""
        logits = self._weights * self._chunk_logits([self._cutter.unknown] * self._reading.pieces)
        if logits.shape != self._weights.shape or not np.isfinite(logits).all():
            raise ValueError(f"it gives the logits {logits} for {len(self.labels)} labels")

    def _chunk_logits(self, pieces: Sequence[int]) -> NDArray[np.float64]:
        ids = np.array([[self._cutter.opening, *pieces, self._cutter.closing]], np.int64)
        return np.asarray(self._run(ids)[0], np.float64)


def _fingerprint(path: Path) -> str:
    """Return 8 hex digits that change with the file: not every change gets a version of its own."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:8]


def chunks(pieces: Sequence[int], reading: Reading) -> Iterator[Sequence[int]]:
    """Yield the chunks of an article's pieces that are read, at least one."""
    yield pieces[: reading.pieces]
    for start in range(reading.pieces, min(len(pieces), reading.chunks * reading.pieces), reading.pieces):
        chunk = pieces[start : start + reading.pieces]
        if len(chunk) >= reading.least:
            yield chunk


def log_mean_exp(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the logarithm of the mean of the exponentials over the first axis."""
    largest = rows.max(axis=0)
    return np.asarray(largest + np.log(np.exp(rows - largest).mean(axis=0)))
