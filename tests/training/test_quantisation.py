from __future__ import annotations

import numpy as np

from streams.training.quantisation import quantised


def test_a_row_in_8_bits_is_nearly_the_same_row():
    table = (
        np.random.default_rng(1).normal(size=(20, 30)).astype(np.float32) * np.logspace(-3, 2, 20)[:, None]
    )

    rows, factors = quantised(table.astype(np.float32))

    assert rows.dtype == np.int8
    assert factors.dtype == np.float16
    restored = rows * factors.astype(np.float32)[:, None]
    assert (np.abs(restored - table).max(1) <= np.abs(table).max(1) / 127).all()


def test_a_row_of_zeros_stays_zero():
    rows, factors = quantised(np.zeros((1, 4), np.float32))

    assert rows.tolist() == [[0, 0, 0, 0]]
    assert factors[0] > 0
