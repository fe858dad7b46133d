"""A sparse matrix multiplies as the dense one with the same entries."""

from __future__ import annotations

import numpy as np
import pytest

from streams.training.labels import sparse
from streams.training.labels.sparse import Sparse

ROWS, COLUMNS = 30, 12


@pytest.fixture(params=[1, 7, 1 << 18], ids=["an entry at once", "some", "all"], autouse=True)
def chunk(request, monkeypatch):
    monkeypatch.setattr(sparse, "CHUNK", request.param)


def dense_and_sparse(filled):
    rng = np.random.default_rng(3)
    dense = np.where(rng.random((ROWS, COLUMNS)) < filled, rng.integers(1, 9, (ROWS, COLUMNS)), 0)
    dense = dense.astype(np.float32)
    _, columns = dense.nonzero()
    return dense, Sparse((dense > 0).sum(axis=1), columns, dense[dense > 0], COLUMNS)


@pytest.mark.parametrize("filled", [0.0, 0.1, 0.6, 1.0])
def test_products_are_those_of_the_dense_matrix(filled):
    dense, thin = dense_and_sparse(filled)
    right = np.arange(COLUMNS * 3, dtype=np.float32).reshape(COLUMNS, 3)
    left = np.arange(ROWS * 2, dtype=np.float32).reshape(ROWS, 2)

    assert np.array_equal(thin @ right, dense @ right)
    assert np.array_equal(thin.transposed() @ left, dense.T @ left)


def test_an_entry_may_be_there_twice():
    thin = Sparse(np.array([2]), np.array([1, 1]), np.array([2.0, 3.0], np.float32), 2)

    assert np.array_equal(thin @ np.array([[10.0], [1.0]], np.float32), [[5.0]])
