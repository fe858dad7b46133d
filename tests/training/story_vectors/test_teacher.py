"""The teacher gives a passage the same vector whatever is read beside it."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import torch

from streams.training.entities.teacher import Size
from streams.training.story_vectors.teacher import SentenceEncoder


@pytest.fixture
def encoder():
    torch.manual_seed(1)
    return SentenceEncoder(Size(hidden=8, layers=2, heads=2, epsilon=1e-12)).eval()


def test_padding_changes_nothing(encoder):
    alone = encoder(torch.tensor([[101, 2054, 102]]))
    beside = encoder(torch.tensor([[101, 2054, 102, 0, 0], [101, 7, 8, 9, 102]]))

    assert alone.shape == (1, 8)
    assert beside[0].tolist() == pytest.approx(alone[0].tolist(), abs=1e-5)


def test_every_piece_counts(encoder):
    first, second = encoder(torch.tensor([[101, 2054, 102], [101, 2055, 102]]))

    assert (first - second).abs().max() > 0.01
