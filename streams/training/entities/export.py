"""Export the teacher as an ONNX model with 8-bit weights, which onnxruntime runs without torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from streams.enrich.entities.taggers.accurate import RunModel
from streams.enrich.entities.taggers.bioes import TAGS
from streams.training.entities.teacher import SMALL, Teacher
from streams.training.onnx_encoder import (
    Graph,
    State,
    add_head,
    add_layer,
    add_norm,
    add_positions,
    add_words,
)


def to_onnx(teacher: Teacher, path: Path, version: str) -> None:
    """Write `teacher` to `path` as 32-bit ONNX.

    Inputs are `ids` and `cases` [batch, pieces], the output is `logits` [batch, pieces, tags].
    """
    state = {name: weight.numpy() for name, weight in teacher.state_dict().items()}
    graph = Graph()
    x = _embeddings(graph, state)
    for at in range(SMALL.layers):
        x = add_layer(graph, state, at, x, heads=SMALL.heads, mask="mask")
    add_head(graph, state["tags.weight"], state["tags.bias"], x, "tags")
    model = graph.model(
        "tagger",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "pieces"])
            for name in ("ids", "cases")
        ],
        helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", "pieces", len(TAGS)]),
        {"version": version},
    )
    onnx.save(model, path)


def _embeddings(graph: Graph, state: State) -> str:
    """Add the embeddings and the mask below the layers, and return the name of the output."""
    graph.weight("zero", np.array(0, np.int64))
    graph.node("Cast", [graph.node("Greater", ["ids", "zero"], "seen")], "mask", to=TensorProto.INT32)
    words, places = add_words(graph, state), add_positions(graph, state)
    cases = graph.node("Gather", [graph.weight("case_table", state["cases.weight"]), "cases"], "case")
    word_cases = graph.node("Add", [words, cases], "word_case")
    return add_norm(graph, state, graph.node("Add", [word_cases, places], "summed"))


def average(model: Path, others: Sequence[Path], target: Path) -> None:
    """Write the model at `model` to `target`, with its weights halfway to the mean of `others`.

    The others may have 8-bit weights. Teachers that began with the same weights and read different text are
    better on average than each of them: by half a point and by one point on the development files.
    """
    halfway, other_weights = onnx.load(model), [weights_of(path) for path in others]
    for weight in halfway.graph.initializer:
        own = numpy_helper.to_array(weight)
        if own.dtype == np.float32:
            mean = np.mean([weights[weight.name] for weights in other_weights], axis=0, dtype=np.float32)
            weight.CopyFrom(numpy_helper.from_array((own + mean) / 2, weight.name))
    onnx.save(halfway, target)


def weights_of(path: Path) -> dict[str, NDArray[np.float32]]:
    """Return the weights by name of a model that `to_onnx` or `quantise` wrote, in 32-bit floats."""
    weights = {weight.name: numpy_helper.to_array(weight) for weight in onnx.load(path).graph.initializer}
    if "word_factors" in weights:
        weights["words"] = weights["words"] * weights["word_factors"].astype(np.float32)
    for name in [name for name in weights if name.endswith("_quantized")]:
        base = name.removesuffix("_quantized")
        whole = weights[name].astype(np.float32) - weights[f"{base}_zero_point"].astype(np.float32)
        weights[base] = whole * weights[f"{base}_scale"]
    return weights


def runner(model: Path, threads: int) -> RunModel:
    """Return the model at `model` as a function of windows that runs on `threads` cores."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return lambda ids, cases: session.run(["logits"], {"ids": ids, "cases": cases})[0]
