"""The axes from two vectors to one are the longest, in their order."""

from __future__ import annotations

import numpy as np

from streams.training.story_joint import widest_axes


def test_the_widest_axes_keep_most_of_the_vectors():
    rng = np.random.default_rng(4)
    vectors = rng.normal(size=(200, 6)) * np.array([1.0, 5.0, 0.1, 3.0, 0.2, 0.1])

    axes = widest_axes(vectors, 2)

    assert axes.shape == (6, 2)
    assert np.abs(axes).round(1).tolist()[1] == [1.0, 0.0]
    assert np.abs(axes).round(1).tolist()[3] == [0.0, 1.0]
    assert np.allclose(axes.T @ axes, np.eye(2))
