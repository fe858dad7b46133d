"""A packed student is a file of whole numbers whose sums are exact, and that says what it is."""

from __future__ import annotations

import numpy as np
import pytest

from streams.enrich.embedding import load_embedding
from streams.enrich.labels.base import Decision, Line
from streams.enrich.labels.compact import CompactModel
from streams.enrich.labels.network import FIRST_LARGEST, MEANING_UNIT, SECOND_LARGEST
from streams.training.labels.export import EXACT, write
from tests.enrich.labels import networks
from tests.enrich.labels.networks import SPELLING, random_state

DECISIONS = {
    "trade": Decision(0.4, Line(1.5, 0.25), Line(0.75, -0.5)),
    "climate": Decision(0.6, Line(1.0, 0.0), Line(1.0, 0.125)),
}


def packed(state, decisions=DECISIONS):
    return networks.packed(state, decisions, version="3", trained_on="ten articles")


@pytest.mark.parametrize("scale", [0.01, 1.0, 100.0])
def test_no_sum_of_a_layer_can_pass_what_a_float_holds_exactly(scale):
    arrays = packed(random_state(2, scale=scale))

    first = np.abs(arrays["first"].astype(np.int64))
    meanings = first[:-SPELLING].sum(axis=0) * int(128 / MEANING_UNIT)
    assert (meanings + first[-SPELLING:].sum(axis=0) * 127 < EXACT).all()
    second = np.abs(arrays["second"].astype(np.int64)).sum(axis=0) * FIRST_LARGEST
    assert (second + np.abs(arrays["second_bias"]) < EXACT).all()
    assert (np.abs(arrays["out"].astype(np.int64)).sum(axis=0) * SECOND_LARGEST < EXACT).all()


def test_the_units_are_as_fine_as_that_allows():
    arrays = packed(random_state(2))

    second = np.abs(arrays["second"].astype(np.int64)).sum(axis=0) * FIRST_LARGEST
    assert (second + np.abs(arrays["second_bias"]) > EXACT * 0.9).all()


def test_a_written_model_is_read_back_with_its_card(tmp_path):
    path = tmp_path / "compact.npz"

    write(packed(random_state(2)), path)
    model = CompactModel.load(load_embedding(), path)

    assert model.labels == ("trade", "climate")
    assert model.card.decisions == DECISIONS
    assert (model.version, model.card.date, model.card.trained_on) == (
        "compact 3",
        "2026-01-31",
        "ten articles",
    )
    assert [file.name for file in tmp_path.iterdir()] == ["compact.npz"]


def test_the_same_student_gives_the_same_file(tmp_path):
    for name in ("a", "b"):
        write(packed(random_state(2)), tmp_path / f"{name}.npz")

    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_decisions_for_other_labels_than_the_students_are_refused():
    with pytest.raises(ValueError, match="the student has 3 labels, and 2 decisions"):
        packed(random_state(3))
