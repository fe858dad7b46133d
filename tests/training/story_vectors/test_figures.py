"""The figures tell a student that kept the teacher's similarities from one that did not."""

from __future__ import annotations

import numpy as np
import pytest

from streams.training.story_vectors.figures import compare
from streams.training.story_vectors.targets import unit


@pytest.fixture
def taught():
    return unit(np.random.default_rng(1).normal(size=(60, 8)))


def noisy(taught, size):
    noise = np.random.default_rng(2).normal(size=taught.shape)
    return unit(taught + size * noise)


def test_turned_vectors_keep_everything(taught):
    turn, _ = np.linalg.qr(np.random.default_rng(3).normal(size=(8, 8)))

    assert [*compare((taught @ turn).astype(np.float32), taught)] == pytest.approx([1, 1])


def test_noise_lowers_both_figures_and_the_local_one_more(taught):
    little, much = compare(noisy(taught, 0.2), taught), compare(noisy(taught, 1.0), taught)

    assert 1 > little.overall > much.overall
    assert 1 > little.local > much.local
    assert much.local < much.overall


def test_the_closest_articles_are_those_of_the_teacher(taught):
    """Vectors that are right among far articles alone have a low local figure."""
    ours = compare(np.sign(taught) * np.abs(taught) ** 0.2, taught)

    assert ours.local < ours.overall


def test_too_few_articles_are_refused(taught):
    with pytest.raises(ValueError, match="3 articles are too few"):
        compare(taught[:3], taught[:3])
