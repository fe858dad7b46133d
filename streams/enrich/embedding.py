"""Static embedding: the vector of a text is the weighted mean of its word pieces' vectors.

The vectors come from all-MiniLM-L6-v2 (Apache-2.0): each word piece goes through the model on its own, and is
reduced and weighted as in Model2Vec (Minish Lab, 2024). `streams.training.embedding` makes the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise, repeat

import numpy as np
from numpy.typing import NDArray

from streams.enrich.blas import load_arrays
from streams.enrich.folding import fold_characters

Vector = NDArray[np.float64]

CACHED_WORDS = 50_000  # 6 MB; about the different words of two thousand articles
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


class WordNumbers:
    """Numbers words from 0 as they are met, and knows the pieces of each. When full, it starts again."""

    def __init__(self, pieces: WordPieces) -> None:
        self.fresh_starts = 0
        """How often it started again: until then a word keeps its number."""
        self._cutter = pieces
        self._numbers: dict[str, int] = {}
        # The pieces of word n are those from ends[n] to before ends[n + 1]. Arrays are several times as fast
        # to read here as lists of lists, which are all over the memory.
        self._ends = np.zeros(CACHED_WORDS + 1, np.int64)
        self._pieces = np.zeros(2 * CACHED_WORDS, np.int64)

    def of(self, words: Sequence[str]) -> NDArray[np.int64]:
        """Return the number of each word."""
        numbers = np.fromiter(map(self._numbers.get, words, repeat(-1)), np.int64, len(words))
        missing = np.flatnonzero(numbers < 0).tolist()
        if missing:
            new = dict.fromkeys(words[at] for at in missing)
            if self._numbers and len(self._numbers) + len(new) > CACHED_WORDS:
                self._numbers.clear()
                self.fresh_starts += 1
                return self.of(words)
            for word in new:
                self._add(word)
            numbers[missing] = [self._numbers[words[at]] for at in missing]
        return numbers

    def pieces(self, numbers: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the rows of all pieces of these words, and how many each word has."""
        firsts = self._ends[numbers]
        counts = self._ends[numbers + 1] - firsts
        shifts = firsts - (np.cumsum(counts) - counts)
        return self._pieces[np.repeat(shifts, counts) + np.arange(counts.sum())], counts

    def _add(self, word: str) -> None:
        rows = [row for part in fold_characters(word).split() for row in self._cutter.rows(part)]
        number = len(self._numbers)
        if number + 1 == len(self._ends):  # a text with more words than are kept
            self._ends = np.concatenate([self._ends, np.zeros_like(self._ends)])
        first = int(self._ends[number])
        end = first + len(rows)
        while end > len(self._pieces):
            self._pieces = np.concatenate([self._pieces, np.zeros_like(self._pieces)])
        self._pieces[first:end] = rows
        self._ends[number + 1] = end
        self._numbers[word] = number


class StaticEmbedding:
    """Turns texts into unit vectors. It adds whole numbers, so the order of the words makes no difference."""

    def __init__(self, vectors: Vectors) -> None:
        self.numbers = WordNumbers(WordPieces(vectors.pieces))
        self._matrix = vectors.matrix
        self.width = int(vectors.matrix.shape[1])

    def embed(self, words: Sequence[str]) -> Vector:
        """Return the unit vector of a text's words, or zeros if no word has a vector."""
        return self.embed_numbers(self.numbers.of(words))

    def embed_numbers(self, numbers: NDArray[np.int64]) -> Vector:
        """Return the unit vector of a text whose words have these numbers."""
        distinct, times = np.unique(numbers, return_counts=True)
        rows, counts = self.numbers.pieces(distinct)
        # Exact in any order: the numbers are whole and far below 2 ** 24.
        vectors = self._matrix.take(rows, axis=0).astype(np.float32)
        total = (np.repeat(times, counts).astype(np.float32) @ vectors).astype(np.float64)
        length = float(np.sqrt(total @ total))
        return total / length if length else total

    def sums(self, texts: Sequence[Sequence[str]]) -> NDArray[np.int32]:
        """Return a row for each text: the sum of its words' vectors, not scaled to unit length."""
        rows, counts = self.numbers.pieces(self.numbers.of([word for words in texts for word in words]))
        pieces_before = np.concatenate([[0], np.cumsum(counts)])
        ends = pieces_before[np.cumsum([0, *map(len, texts)])].tolist()
        vectors = self._matrix.take(rows, axis=0)
        sums = [vectors[start:end].sum(axis=0, dtype=np.int32) for start, end in pairwise(ends)]
        return np.array(sums, np.int32).reshape(len(texts), self.width)

    def means(self, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return a row for each word: the mean of its pieces' vectors, or zeros if it has none."""
        rows, counts = self.numbers.pieces(numbers)
        # A product with ones is twice as fast as np.add.reduceat, and as exact.
        words = np.zeros((len(numbers), len(rows)), np.float32)
        words[np.repeat(np.arange(len(numbers)), counts), np.arange(len(rows))] = 1
        sums = words @ self._matrix.take(rows, axis=0).astype(np.float32)
        means: NDArray[np.float64] = sums.astype(np.float64) / np.maximum(counts, 1)[:, None]
        return means


@cache
def load_embedding() -> StaticEmbedding:
    """Return the embedding that the package ships; all stages share one."""
    return StaticEmbedding(load_vectors())
