"""Sparse matrices that are multiplied by narrow dense ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CHUNK = 1 << 18
"""Entries that are multiplied at once: more would take more memory, fewer more time."""

Floats = NDArray[np.float32]
Indices = NDArray[np.intp]


class Sparse:
    """A matrix [rows, columns] by its entries, row by row: `columns` and `values` of `counts` each."""

    def __init__(self, counts: Indices, columns: Indices, values: Floats, width: int) -> None:
        self._ends = np.cumsum(counts)
        self._columns, self._values, self._width = columns, values, width

    def transposed(self) -> Sparse:
        """Return the matrix with rows and columns exchanged."""
        order = np.argsort(self._columns, kind="stable")
        rows = np.repeat(np.arange(len(self._ends)), np.diff(self._ends, prepend=0))
        counts = np.bincount(self._columns, minlength=self._width)
        return Sparse(counts, rows[order], self._values[order], len(self._ends))

    def __matmul__(self, dense: Floats) -> Floats:
        """Return the product with a matrix [columns, any]."""
        product = np.zeros((len(self._ends), dense.shape[1]), np.float32)
        first = 0
        while first < len(self._ends):
            begin = int(self._ends[first - 1]) if first else 0
            last = max(int(self._ends.searchsorted(begin + CHUNK, side="right")), first + 1)
            ends = self._ends[first:last]
            entries = slice(begin, int(ends[-1]))
            terms = dense[self._columns[entries]] * self._values[entries, None]
            starts = np.concatenate([[0], ends[:-1] - begin])
            filled = ends - begin > starts
            if filled.any():
                product[first:last][filled] = np.add.reduceat(terms, starts[filled], axis=0)
            first = last
        return product
