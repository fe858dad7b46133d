"""The targets are directions without the part that all articles share, and the nearest passages of each."""

from __future__ import annotations

import numpy as np
import pytest

from streams.training.story_vectors.figures import compare
from streams.training.story_vectors.targets import centred, draw_neighbourhoods, nearest, unit


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def test_a_row_of_zeros_stays_as_it_is():
    assert unit(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist() == [pytest.approx([0.6, 0.8]), [0.0, 0.0]]


def test_what_whole_articles_have_in_common_is_taken_off(rng):
    shared = np.zeros(8)
    shared[0] = 10
    vectors = (rng.normal(size=(50, 8)) + shared).astype(np.float32)
    far = np.concatenate([vectors, -vectors[:5]])  # parts do not change the mean

    plain, with_parts = centred(vectors, 50, 0.0), centred(far, 50, 0.0)

    assert np.linalg.norm(plain, axis=1) == pytest.approx(np.ones(50), abs=1e-5)
    assert abs(plain.mean(axis=0)).max() < 0.2
    assert with_parts[:50] == pytest.approx(plain, abs=1e-5)


def test_whitening_makes_long_axes_shorter(rng):
    vectors = (rng.normal(size=(300, 6)) * [9, 5, 1, 1, 1, 1]).astype(np.float32)

    def spread(whitening):
        lengths = np.linalg.svd(centred(vectors, 300, whitening), compute_uv=False)
        return lengths[0] / lengths[-1]

    assert spread(0.0) > spread(0.4) > spread(1.0)
    assert spread(1.0) < 2


def test_whitening_leaves_no_numbers_where_vectors_have_fewer_axes_than_places(rng):
    flat = np.zeros((40, 9), np.float32)
    flat[:, :3] = rng.normal(size=(40, 3))

    found = centred(flat, 40, 0.5)

    assert np.isfinite(found).all()


def test_whitening_does_not_blow_up_the_axis_that_centring_empties(rng):
    vectors = rng.normal(size=(50, 60)).astype(np.float32)  # fewer whole articles than places

    plain, whitened = (centred(vectors, 40, whitening)[40:] for whitening in (0.0, 0.3))

    assert compare(whitened, plain).overall > 0.6


@pytest.mark.parametrize("rows", [30, 1500])
def test_the_nearest_are_the_most_similar_others(rng, rows):
    vectors = unit(rng.normal(size=(rows, 5)))
    similar = vectors @ vectors.T
    np.fill_diagonal(similar, -2)

    found = nearest(vectors, 4)

    assert found.shape == (rows, 4)
    for row in range(0, rows, 7):
        assert set(found[row]) == set(np.argsort(-similar[row])[:4])


def test_few_passages_have_all_others_as_neighbours(rng):
    assert sorted(nearest(unit(rng.normal(size=(3, 4))), 40)[1].tolist()) == [0, 2]


def test_a_neighbourhood_has_a_passage_and_some_of_its_neighbours(rng):
    neighbours = np.array([[(row + step) % 20 for step in range(1, 9)] for row in range(20)])

    drawn = draw_neighbourhoods(neighbours, rng, seeds=6, size=5)

    assert drawn.shape == (6, 5)
    assert len({*drawn[:, 0].tolist()}) == 6
    for first, *others in drawn.tolist():
        assert len({*others}) == 4
        assert {*others} <= {*neighbours[first].tolist()}


def test_the_same_seed_draws_the_same():
    neighbours = nearest(unit(np.random.default_rng(1).normal(size=(30, 4))), 9)

    def draw(seed):
        return draw_neighbourhoods(neighbours, np.random.default_rng(seed), seeds=4, size=5).tolist()

    assert draw(3) == draw(3)
    assert draw(3) != draw(4)


def test_few_passages_make_small_neighbourhoods(rng):
    neighbours = np.array([[1, 2], [0, 2], [0, 1]])

    assert draw_neighbourhoods(neighbours, rng, seeds=16, size=24).shape == (3, 3)
