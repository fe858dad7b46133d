"""Static embedding: the vector of a text is the weighted mean of its word pieces' vectors.

The vectors come from all-MiniLM-L6-v2 (Apache-2.0): each word piece goes through the model on its own, and is
reduced and weighted as in Model2Vec (Minish Lab, 2024). `streams.training.embedding` makes the file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

from streams.enrich.blas import load_arrays
from streams.enrich.folding import fold_characters

Vector = NDArray[np.float64]

CACHED_WORDS = 50_000  # 10 MB; about the different words of two thousand articles
LONGEST_WORD = 100  # as in BERT; a longer word has no pieces


class WordPieces:
    """Cuts words into word pieces, the longest first, as BERT's tokenizer does."""

    def __init__(self, pieces: list[str]) -> None:
        self._whole = {piece: row for row, piece in enumerate(pieces) if not piece.startswith("##")}
        self._inner = {piece[2:]: row for row, piece in enumerate(pieces) if piece.startswith("##")}

    def rows(self, word: str) -> list[int]:
        """Return the vocabulary rows of a folded word, or [] if a part of it is not in any piece."""
        if len(word) > LONGEST_WORD:
            return []
        rows: list[int] = []
        start, vocabulary = 0, self._whole
        while start < len(word):
            for end in range(len(word), start, -1):
                row = vocabulary.get(word[start:end])
                if row is not None:
                    break
            else:
                return []
            rows.append(row)
            start, vocabulary = end, self._inner
        return rows


@dataclass(frozen=True)
class Vectors:
    """The vectors' file: one row of `matrix` for each piece, and the file's fingerprint."""

    pieces: list[str]
    matrix: NDArray[np.int8]
    fingerprint: str


@cache
def load_vectors() -> Vectors:
    """Return the vectors that the package ships."""
    source = resources.files("streams.enrich") / "vectors.npz"
    with source.open("rb") as file:
        arrays = load_arrays(file)
    return Vectors(
        pieces=bytes(arrays["pieces"]).decode().split("\n"),
        matrix=arrays["matrix"],
        fingerprint=bytes(arrays["fingerprint"]).decode(),
    )


class StaticEmbedding:
    """Turns texts into unit vectors. It adds whole numbers, so the order of the words makes no difference."""

    def __init__(self, vectors: Vectors) -> None:
        self._pieces = WordPieces(vectors.pieces)
        self._matrix = vectors.matrix
        self._rows: dict[str, list[int]] = {}
        self.width = int(vectors.matrix.shape[1])

    def embed(self, words: list[str]) -> Vector:
        """Return the unit vector of a text's words, or zeros if no word has a vector."""
        counts = Counter(words)
        known = map(self._rows.get, counts)
        pieces = [self._cut(word) if own is None else own for word, own in zip(counts, known, strict=True)]
        rows = list(chain.from_iterable(pieces))
        times = np.repeat(list(counts.values()), list(map(len, pieces))).astype(np.float32)
        # Exact in any order: the numbers are whole and far below 2 ** 24.
        vectors = self._matrix.take(np.array(rows, np.int64), axis=0).astype(np.float32)
        total = (times @ vectors).astype(np.float64)
        length = float(np.sqrt(total @ total))
        return total / length if length else total

    def sums(self, texts: Sequence[Sequence[str]]) -> NDArray[np.int32]:
        """Return a row for each text: the sum of its words' vectors, not scaled to unit length."""
        cached = self._rows
        rows: list[int] = []
        ends = [0]
        for words in texts:
            for word in words:
                pieces = cached.get(word)
                rows += self._cut(word) if pieces is None else pieces
            ends.append(len(rows))
        vectors = self._matrix.take(np.array(rows, np.int64), axis=0)
        sums = [vectors[start:end].sum(axis=0, dtype=np.int32) for start, end in pairwise(ends)]
        return np.array(sums, np.int32).reshape(len(texts), self.width)

    def means(self, words: Sequence[str]) -> NDArray[np.float64]:
        """Return a row for each word: the mean of its pieces' vectors, or zeros if it has none."""
        cached = self._rows
        means = np.zeros((len(words), self.width))
        cut = [cached[word] if word in cached else self._cut(word) for word in words]
        counts = np.array([len(rows) for rows in cut], np.int64)
        known = np.flatnonzero(counts)
        if len(known):
            firsts = np.cumsum(counts)[known] - counts[known]
            vectors = self._matrix.take([row for rows in cut for row in rows], axis=0)
            means[known] = np.add.reduceat(vectors, firsts, dtype=np.int32) / counts[known, None]
        return means

    def _cut(self, word: str) -> list[int]:
        if len(self._rows) >= CACHED_WORDS:
            self._rows.clear()
        rows = self._rows[word] = [
            row for part in fold_characters(word).split() for row in self._pieces.rows(part)
        ]
        return rows


@cache
def load_embedding() -> StaticEmbedding:
    """Return the embedding that the package ships; all stages share one."""
    return StaticEmbedding(load_vectors())
