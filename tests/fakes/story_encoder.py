"""A model for story vectors with a few random weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from streams.stories.vectors import WIDTH
from tests.fakes.tiny_encoder import HEADS, HIDDEN, random_state


def write_joint(path: Path, *, width: int = WIDTH) -> None:
    """Write a matrix that leaves the encoder's direction as it is."""
    np.savez(path, matrix=second_alone(width))


def second_alone(width: int = WIDTH) -> np.ndarray:
    """Return the matrix that takes the second of two vectors."""
    return np.concatenate([np.zeros((width, width)), np.eye(width)])


def write_story_encoder(path: Path, *, width: int = WIDTH) -> None:
    """Write a random model of the version `tiny`; skip the test where onnx is not installed."""
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    from streams.training.story_encoder.export import Projection, write_encoder

    rng = np.random.default_rng(3)
    projection = Projection(
        rng.normal(size=(width, HIDDEN)).astype(np.float32), rng.normal(size=width).astype(np.float32)
    )
    write_encoder(random_state(1), projection, path, heads=HEADS, version="tiny")
