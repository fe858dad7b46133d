"""The projection behind the encoder, and the model file."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper

from streams.training.onnx_encoder import Graph, State, add_encoder, add_head, quantise
from streams.training.story_vectors.targets import Matrix, unit


class Projection(NamedTuple):
    """From the encoder's unit vector to that of the stories: `weight` [width, hidden], `bias` [width]."""

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]


def fit_projection(vectors: Matrix, width: int, whitening: float) -> Projection:
    """Return the projection of `vectors`, one for each article, to their `width` widest axes.

    `whitening` is the power of an axis's spread that it is divided by: 0 leaves the axes, 1 makes them
    equally long.
    """
    rows = unit(vectors)
    mean = rows.mean(axis=0)
    _, lengths, axes = np.linalg.svd(rows - mean, full_matrices=False)
    weight = axes[:width] / (lengths[:width, np.newaxis] / lengths[0]) ** whitening
    return Projection(weight.astype(np.float32), (-weight @ mean).astype(np.float32))


def write_encoder(state: State, projection: Projection, path: Path, *, heads: int, version: str) -> None:
    """Write the model file that `streams.stories.encoder` loads.

    `state` has the weights by their names in torch, and `heads` is the number of heads of each layer. The
    model gets the `ids` [1, pieces] of an article, with the marks at both ends, and returns its `vector`
    [1, width], which has no unit length.
    """
    graph = Graph()
    mean = graph.node("ReduceMean", [add_encoder(graph, state, heads=heads)], "mean", axes=[1], keepdims=0)
    direction = graph.node("LpNormalization", [mean], "direction", axis=-1, p=2)
    add_head(graph, projection.weight, projection.bias, direction, "projection", "vector")
    model = graph.model(
        "story vectors",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "pieces"])],
        helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, len(projection.bias)]),
        {"version": version},
    )
    quantise(model, path)
