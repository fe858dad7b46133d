"""The accurate tagger: a MiniLM encoder fine-tuned on news, as an 8-bit ONNX model, and the compact tagger.

The encoder decides; the compact tagger, which errs elsewhere and costs next to nothing beside it, is heard
too. Needs the extra wireroom[accurate].
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import streams
from streams.enrich.entities.taggers import bioes
from streams.enrich.entities.taggers.base import Span, UnknownTagger
from streams.enrich.entities.taggers.compact import CompactTagger
from streams.enrich.entities.taggers.form_voting import agreed
from streams.enrich.entities.taggers.tokens import BREAK, Tokens, tokenise
from streams.enrich.entities.taggers.wordpieces import Pieces, WordPieces, windows
from streams.events import Component

MODELS = Path(__file__).parents[1] / "models"

Run = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.float32]]
"""Ids and cases of windows of pieces, padded with 0, to logits of every tag for every piece."""

BATCH_PIECES = 2048
"""Word pieces in one run of a model that may read windows together, padding included."""

ALONE = 0
"""In place of that: each window in a run of its own.

The 8-bit model measures its activations over all of a run, so that a window's neighbours there would change
what is found in it. What fits the cache is faster, too.
"""

COMPACT_WEIGHT = 0.5
"""Weight of the compact tagger's probabilities beside the encoder's."""

_STOPS = frozenset([BREAK, BREAK * 2, ".", "!", "?"])


class WindowedScores:
    """Tag logits of whole texts from a model that reads windows of word pieces, together or ALONE."""

    def __init__(self, word_pieces: WordPieces, run: Run, batch_pieces: int = BATCH_PIECES) -> None:
        self._word_pieces, self._run, self._batch_pieces = word_pieces, run, batch_pieces

    def __call__(self, texts: Sequence[Sequence[str]]) -> list[NDArray[np.float32]]:
        """For each text, given as the forms of its tokens, the logits of every tag, one row a token."""
        cut = [self._word_pieces.cut(forms) for forms in texts]
        scores = [np.zeros((len(forms), len(bioes.TAGS)), np.float32) for forms in texts]
        for score in scores:
            score[:, 0] = 1.0
        places = [
            (text, window)
            for text, pieces in enumerate(cut)
            for window in windows(pieces, _stops(texts[text], pieces))
        ]
        for batch in _batches(places, self._batch_pieces):
            longest = max(window.stop - window.start for _, window in batch) + 2
            ids = np.zeros((len(batch), longest), np.int64)
            cases = np.zeros((len(batch), longest), np.int64)
            for row, (text, window) in enumerate(batch):
                size = window.stop - window.start
                ids[row, 0], ids[row, size + 1] = self._word_pieces.opening, self._word_pieces.closing
                ids[row, 1 : size + 1] = cut[text].ids[window]
                cases[row, 1 : size + 1] = cut[text].cases[window]
            logits = self._run(ids, cases)
            for row, (text, window) in enumerate(batch):
                first_of = cut[text].first_of[window]
                first = np.flatnonzero(first_of >= 0)
                scores[text][first_of[first]] = logits[row, first + 1]
        return scores


def _stops(forms: Sequence[str], pieces: Pieces) -> NDArray[np.bool_]:
    """Which pieces end a sentence or a line."""
    stop = np.fromiter((form in _STOPS for form in forms), np.bool_, len(forms))
    return np.where(pieces.first_of >= 0, stop[pieces.first_of], False) if len(forms) else stop


def _batches(places: list[tuple[int, slice]], most: int) -> Iterator[list[tuple[int, slice]]]:
    """PLACES in batches of like length, so that little is padding, of MOST pieces where more than one."""
    batch: list[tuple[int, slice]] = []
    for place in sorted(places, key=lambda place: place[1].stop - place[1].start):
        if batch and (len(batch) + 1) * (place[1].stop - place[1].start + 2) > most:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


def together(
    encoder: NDArray[np.float32], other: NDArray[np.float32], weight: float = COMPACT_WEIGHT
) -> NDArray[np.float32]:
    """Logits of what the encoder and another tagger, of WEIGHT beside it, say, given their logits."""
    both = bioes.softmax(encoder)
    both += weight * bioes.softmax(other)
    both += 1e-9  # a tag that both rule out
    return np.log(both, out=both)


class AccurateTagger:
    """Tags texts with the models that the package ships, on one core. One thread at a time."""

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        """The model in FOLDER. Raises UnknownTagger when onnxruntime is not installed."""
        try:
            import onnxruntime
        except ImportError as error:
            raise UnknownTagger(
                "the accurate tagger needs onnxruntime: pip install 'wireroom[accurate]'"
            ) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(
            folder / "accurate.onnx", options, providers=["CPUExecutionProvider"]
        )
        meta = session.get_modelmeta().custom_metadata_map
        self._compact = CompactTagger.load(folder / "compact.npz")
        self.provenance = Component(
            name="accurate",
            version=streams.__version__,
            model=f"{meta['version']}+compact.{self._compact.provenance.model}",
        )
        self._scores = WindowedScores(
            WordPieces(folder / "wordpieces.txt"),
            lambda ids, cases: session.run(["logits"], {"ids": ids, "cases": cases})[0],
            ALONE,
        )

    @classmethod
    def load(cls, folder: Path = MODELS) -> AccurateTagger:
        """The tagger whose files are in FOLDER."""
        return cls(folder)

    def mentions(self, texts: Sequence[str]) -> list[list[Span]]:
        """The mentions of each text, in order, not overlapping and within the text."""
        tokens = [tokenise(text) for text in texts]
        scores = self._scores([each.forms for each in tokens])
        return [self._spans(each, score) for each, score in zip(tokens, scores, strict=True)]

    def _spans(self, tokens: Tokens, scores: NDArray[np.float32]) -> list[Span]:
        if not tokens.forms:
            return []
        scores = together(scores, self._compact.scores(tokens.forms))
        return bioes.spans(tokens, agreed(tokens.forms, scores))
