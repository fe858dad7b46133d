"""The words of all texts, each with its static vector and with the row of its hashed spelling."""

from __future__ import annotations

from collections.abc import Iterable
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from streams.enrich.embedding import Vectors, WordPieces
from streams.enrich.labels.terms import codes_of

SPELLINGS = 1 << 15
"""Rows of the table of spellings; row 0 is zero, for unknown words."""

VECTOR_SCALE = 1 / 32
"""Brings the vectors, which are whole numbers of 8 bits, to about length 1 in each dimension."""


class Vocabulary:
    """Numbers the words. The last row is that of unknown words: all its features are zero."""

    def __init__(self, forms: Iterable[str], vectors: Vectors) -> None:
        self._rows = {form: row for row, form in enumerate(sorted(set(forms)))}
        self.unknown = len(self._rows)
        self.vectors = np.zeros((self.unknown + 1, vectors.matrix.shape[1]), np.float32)
        self.spellings = np.zeros(self.unknown + 1, np.int64)
        self.codes = np.zeros(self.unknown + 1, np.uint64)
        self.codes[:-1] = codes_of([*self._rows])
        pieces = WordPieces(vectors.pieces)
        for form, row in self._rows.items():
            if own := pieces.rows(form):
                self.vectors[row] = vectors.matrix[own].astype(np.float32).mean(0) * VECTOR_SCALE
            self.spellings[row] = 1 + crc32(form.encode()) % (SPELLINGS - 1)

    def rows(self, forms: Iterable[str]) -> NDArray[np.int64]:
        """Return the row of each form."""
        return np.array([self._rows.get(form, self.unknown) for form in forms], np.int64)
