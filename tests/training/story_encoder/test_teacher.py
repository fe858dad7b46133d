"""An encoder gives a passage the same vector whatever is read beside it."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import torch

from streams.training.entities import large
from streams.training.entities.teacher import Size
from streams.training.story_encoder.teacher import LargeSentenceEncoder, SentenceEncoder, as_batch


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


def test_shorter_texts_are_padded():
    assert as_batch([[101, 7, 102], [101, 7, 8, 9, 102]]).tolist() == [
        [101, 7, 102, 0, 0],
        [101, 7, 8, 9, 102],
    ]


def test_mpnet_sees_how_far_apart_pieces_are(monkeypatch):
    monkeypatch.setattr(large, "SIZE", Size(hidden=8, layers=2, heads=2, epsilon=1e-12))
    torch.manual_seed(1)
    encoder = LargeSentenceEncoder().eval()
    ids = torch.tensor([[101, 2054, 7, 8, 102]])
    before = encoder(ids)

    with torch.no_grad():
        encoder.distances.weight *= -3

    assert before.shape == (1, 8)
    assert (encoder(ids) - before).abs().max() > 0.001
