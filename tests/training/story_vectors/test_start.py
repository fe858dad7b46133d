"""The training starts from the meanings of the words, on the axes on which passages differ most."""

from __future__ import annotations

import numpy as np
import pytest

from streams.training.story_vectors.bags import Bag
from streams.training.story_vectors.start import first_vectors


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def bags(rng, words, count=60):
    return [
        Bag(np.sort(rng.choice(words, 8, replace=False)), np.ones(8, np.int64), np.ones(8, np.float32))
        for _ in range(count)
    ]


def test_words_keep_their_similarity_if_no_axis_is_lost(rng):
    words = rng.normal(size=(40, 6)).astype(np.float32)
    rare = np.ones(40, np.float32)

    found = first_vectors(words, rare, bags(rng, 40), 6)

    assert np.square(found).sum(axis=1).mean() == pytest.approx(1, rel=1e-4)
    ratio = np.linalg.norm(words[0]) / np.linalg.norm(found[0])
    assert found @ found.T * ratio**2 == pytest.approx(words @ words.T, abs=1e-3)


def test_an_axis_on_which_passages_are_equal_is_lost_first(rng):
    words = rng.normal(size=(40, 5)).astype(np.float32)
    words[:, 4] = 3

    found = first_vectors(words, np.ones(40, np.float32), bags(rng, 40), 4)

    ours, kept = found @ found.T, words[:, :4] @ words[:, :4].T
    assert np.corrcoef(ours.ravel(), kept.ravel())[0, 1] > 0.98


def test_a_rare_word_starts_longer(rng):
    words = np.tile(rng.normal(size=(20, 6)), (2, 1)).astype(np.float32)
    rare = np.repeat([1, 3], 20).astype(np.float32)

    found = first_vectors(words, rare, bags(rng, 40), 6)

    assert found[20:] == pytest.approx(3 * found[:20], abs=1e-4)


def test_too_few_passages_are_refused(rng):
    words = rng.normal(size=(40, 6)).astype(np.float32)

    with pytest.raises(ValueError, match="5 passages and 6 numbers a word"):
        first_vectors(words, np.ones(40, np.float32), bags(rng, 40, count=5), 6)
