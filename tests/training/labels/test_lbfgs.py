"""L-BFGS finds the minimum of convex functions."""

from __future__ import annotations

import numpy as np
import pytest

from streams.training.labels.lbfgs import minimise


def bowl(scales, centre):
    scales, centre = np.array(scales, np.float32), np.array(centre, np.float32)

    def function(point):
        away = point - centre
        return float((scales * away**2).sum() / 2), scales * away

    return function


@pytest.mark.parametrize("scales", [(1.0, 1.0, 1.0), (1.0, 30.0, 900.0), (0.01, 1.0, 5.0)])
def test_the_minimum_of_a_bowl_is_found(scales):
    centre = (3.0, -2.0, 0.5)

    found = minimise(bowl(scales, centre), np.zeros(3, np.float32), steps=60)

    assert found == pytest.approx(centre, abs=1e-2)


def test_a_minimum_where_slopes_change_is_found():
    def function(point):
        return float(np.logaddexp(0, -point).sum() + 0.05 * (point**2).sum()), (
            -1 / (1 + np.exp(point)) + 0.1 * point
        ).astype(np.float32)

    found = minimise(function, np.full(4, -20.0, np.float32), steps=60)

    assert function(found)[1] == pytest.approx(np.zeros(4), abs=1e-3)


def test_no_step_makes_the_value_larger():
    values = []

    def function(point):
        value, slope = float((point**4).sum()), (4 * point**3).astype(np.float32)
        values.append(value)
        return value, slope

    start = np.array([2.0, -3.0], np.float32)

    assert function(minimise(function, start, steps=3))[0] < values[0]
    assert function(minimise(function, start, steps=0))[0] == values[0]


def test_at_the_minimum_nothing_moves():
    assert minimise(bowl((1.0,), (4.0,)), np.array([4.0], np.float32), steps=5) == pytest.approx([4.0])
