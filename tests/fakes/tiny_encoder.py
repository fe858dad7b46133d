"""A BERT encoder with a few random weights, by the names that they have in torch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from streams.enrich.labels.encoder import LabelSetup, Reading

HIDDEN, HEADS, LAYERS, POSITIONS = 16, 2, 2, 40

PIECES = [
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", ".", ","),
    *"abcdefghijklmnopqrstuvwxyz0123456789",
    *(f"##{character}" for character in "abcdefghijklmnopqrstuvwxyz0123456789"),
]
"""A vocabulary that spells every English word."""


def random_state(
    labels: int, *, seed: int = 1, vocabulary: int = len(PIECES)
) -> dict[str, NDArray[np.float32]]:
    """Return the weights of an encoder of `LAYERS` layers with a head of so many `labels`."""
    rng = np.random.default_rng(seed)
    shapes: dict[str, tuple[int, ...]] = {
        "words.weight": (vocabulary, HIDDEN),
        "positions.weight": (POSITIONS, HIDDEN),
        **_norm("norm"),
        "head.weight": (labels, HIDDEN),
        "head.bias": (labels,),
    }
    for at in range(LAYERS):
        layer = f"layers.{at}"
        shapes |= {
            **_linear(f"{layer}.qkv", HIDDEN, 3 * HIDDEN),
            **_linear(f"{layer}.out", HIDDEN, HIDDEN),
            **_norm(f"{layer}.norm1"),
            **_linear(f"{layer}.up", HIDDEN, 4 * HIDDEN),
            **_linear(f"{layer}.down", 4 * HIDDEN, HIDDEN),
            **_norm(f"{layer}.norm2"),
        }
    return {name: rng.normal(scale=0.3, size=shape).astype(np.float32) for name, shape in shapes.items()}


def write_tiny_encoder(
    path: Path, labels: Mapping[str, LabelSetup], reading: Reading, *, seed: int = 1
) -> None:
    """Write a random model of the version `tiny`; skip the test where onnx is not installed."""
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    from streams.training.labels.encoder_export import write_encoder

    state = random_state(len(labels), seed=seed)
    write_encoder(state, path, heads=HEADS, version="tiny", labels=labels, reading=reading)


def _linear(name: str, below: int, above: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (above, below), f"{name}.bias": (above,)}


def _norm(name: str) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (HIDDEN,), f"{name}.bias": (HIDDEN,)}
