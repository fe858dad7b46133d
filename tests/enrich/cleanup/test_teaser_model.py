"""The shipped teaser model is complete, and rare words tell more than common ones."""

from __future__ import annotations

import numpy as np
import pytest

from streams.enrich.cleanup.stems import stem
from streams.enrich.cleanup.teaser_model import MEANING, WORDING, Others, load_teaser_model, of_unit_length


def test_the_shipped_model_has_a_weight_for_each_feature_and_rising_thresholds():
    model = load_teaser_model()

    assert len(model.weights) == len(WORDING) + len(MEANING)
    assert model.plain <= model.doubtful < model.certain
    assert np.linalg.norm(model.others.articles, axis=1) == pytest.approx(1, abs=1e-5)


def test_a_rare_word_tells_more_than_a_common_one():
    model = load_teaser_model()

    year, breakwater, unknown = (model.information(stem(word)) for word in ("year", "breakwater", "xyzzy"))

    assert 0 < year < breakwater <= unknown


def test_a_text_is_placed_by_its_direction_and_not_by_its_length():
    others = Others(np.zeros(2, np.float32), np.ones(2, np.float32), np.eye(2, dtype=np.float32))

    short, long = others.place(np.array([[1, 1], [30, 30]]))

    assert short == pytest.approx(long)
    assert of_unit_length(np.zeros((1, 2), np.float32)).tolist() == [[0, 0]]
