"""The accurate tagger: a MiniLM encoder fine-tuned on news, together with the compact tagger.

The encoder is an 8-bit ONNX model and has the greater weight. The compact tagger makes other mistakes and
costs next to nothing beside it, so its probabilities are added. Needs the extra wireroom[accurate].
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import streams
from streams.enrich.entities.taggers import bioes
from streams.enrich.entities.taggers.base import Span
from streams.enrich.entities.taggers.compact import CompactTagger
from streams.enrich.entities.taggers.form_voting import vote_on_types
from streams.enrich.entities.taggers.tokens import BREAK, Tokens, tokenise
from streams.enrich.entities.taggers.wordpieces import Pieces, WordPieces, windows
from streams.enrich.onnx_model import open_model, refusing
from streams.errors import UnknownTagger
from streams.events import Component

MODELS = Path(__file__).parents[1] / "models"

RunModel = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.float32]]
"""From ids and case classes, one row for each window and padded with 0, to logits of every tag and piece."""

BATCH_PIECES = 2048
"""Word pieces in one run of a model that may read windows together, padding included."""

UNBATCHED = 0
"""In place of BATCH_PIECES: one window in each run.

The 8-bit model scales its activations over the whole run, so other windows would change the result. One
window at a time also fits the processor's cache and is faster.
"""

COMPACT_WEIGHT = 0.5
"""Weight of the compact tagger's probabilities; the encoder's weigh 1."""

_IMPOSSIBLE = 1e-9
"""Probability of a tag that both taggers rule out."""

_STOPS = frozenset([BREAK, BREAK * 2, ".", "!", "?"])


class _Window(NamedTuple):
    """A stretch of the pieces of the text with this index."""

    text: int
    pieces: slice

    @property
    def size(self) -> int:
        return int(self.pieces.stop - self.pieces.start)


class WindowedScores:
    """Scores whole texts with a model that reads windows of word pieces."""

    def __init__(self, word_pieces: WordPieces, run: RunModel, batch_pieces: int = BATCH_PIECES) -> None:
        """Take a model; a run gets up to `batch_pieces` pieces, or one window if that is `UNBATCHED`."""
        self._word_pieces, self._run, self._batch_pieces = word_pieces, run, batch_pieces

    def __call__(self, texts: Sequence[Sequence[str]]) -> list[NDArray[np.float32]]:
        """Return the logits of each text, which is given as the forms of its tokens.

        One row a token, one column a tag as in `bioes.TAGS`.
        """
        pieces = [self._word_pieces.cut(forms) for forms in texts]
        scores = [np.zeros((len(forms), len(bioes.TAGS)), np.float32) for forms in texts]
        for rows in scores:
            rows[:, 0] = 1.0
        cut = [
            _Window(text, window)
            for text, text_pieces in enumerate(pieces)
            for window in windows(text_pieces, _sentence_ends(texts[text], text_pieces))
        ]
        for batch in _batches(cut, self._batch_pieces):
            logits = self._run(*self._arrays(batch, pieces))
            for row, window in enumerate(batch):
                first_of = pieces[window.text].first_of[window.pieces]
                first_pieces = np.flatnonzero(first_of >= 0)
                scores[window.text][first_of[first_pieces]] = logits[row, first_pieces + 1]
        return scores

    def _arrays(
        self, batch: list[_Window], pieces: list[Pieces]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return ids and case classes of the windows, with the marks that open and close each."""
        longest = max(window.size for window in batch) + 2
        ids = np.zeros((len(batch), longest), np.int64)
        cases = np.zeros((len(batch), longest), np.int64)
        for row, window in enumerate(batch):
            ids[row, 0], ids[row, window.size + 1] = self._word_pieces.opening, self._word_pieces.closing
            ids[row, 1 : window.size + 1] = pieces[window.text].ids[window.pieces]
            cases[row, 1 : window.size + 1] = pieces[window.text].cases[window.pieces]
        return ids, cases


def _sentence_ends(forms: Sequence[str], pieces: Pieces) -> NDArray[np.bool_]:
    """Return, for each piece, whether it ends a sentence or a line."""
    ends = np.fromiter((form in _STOPS for form in forms), np.bool_, len(forms))
    return np.where(pieces.first_of >= 0, ends[pieces.first_of], False) if len(forms) else ends


def _batches(cut: list[_Window], batch_pieces: int) -> Iterator[list[_Window]]:
    """Yield batches of windows of like size, so that there is little padding."""
    batch: list[_Window] = []
    for window in sorted(cut, key=lambda window: window.size):
        if batch and (len(batch) + 1) * (window.size + 2) > batch_pieces:
            yield batch
            batch = []
        batch.append(window)
    if batch:
        yield batch


def combine(
    encoder: NDArray[np.float32], other: NDArray[np.float32], weight: float = COMPACT_WEIGHT
) -> NDArray[np.float32]:
    """Return the logits of two taggers together, given the logits of each; the encoder's weight is 1."""
    probabilities = bioes.softmax(encoder)
    probabilities += weight * bioes.softmax(other)
    probabilities += _IMPOSSIBLE
    return np.log(probabilities, out=probabilities)


class AccurateTagger:
    """Tags texts with the models that the package ships, on one core. Not safe for several threads."""

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        """Load the model files in `folder`.

        Raise UnknownTagger if onnxruntime is not installed, or if its file is missing or damaged.
        """
        path = folder / "accurate.onnx"
        with refusing(path, UnknownTagger, "the accurate tagger needs", "the compact tagger"):
            session = open_model(path, threads)
            release = session.get_modelmeta().custom_metadata_map["version"]
        self._compact = CompactTagger.load(folder / "compact.npz")
        self.provenance = Component(
            name="accurate",
            version=streams.__version__,
            model=f"{release}+compact.{self._compact.provenance.model}",
        )
        self._scores = WindowedScores(
            WordPieces(folder / "wordpieces.txt"),
            lambda ids, cases: session.run(["logits"], {"ids": ids, "cases": cases})[0],
            UNBATCHED,
        )

    @classmethod
    def load(cls, folder: Path = MODELS) -> AccurateTagger:
        """Load the tagger whose files are in `folder`."""
        return cls(folder)

    def mentions(self, texts: Sequence[str]) -> list[list[Span]]:
        """Return the mentions of each text, in order, without overlaps and within the text."""
        tokenised = [tokenise(text) for text in texts]
        scores = self._scores([tokens.forms for tokens in tokenised])
        return [self._spans(tokens, rows) for tokens, rows in zip(tokenised, scores, strict=True)]

    def _spans(self, tokens: Tokens, scores: NDArray[np.float32]) -> list[Span]:
        if not tokens.forms:
            return []
        combined = combine(scores, self._compact.scores(tokens.forms))
        return bioes.spans(tokens, vote_on_types(tokens.forms, combined))
