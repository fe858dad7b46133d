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
from streams.training.entities.packing import quantised
from streams.training.entities.teacher import SMALL, Teacher

MICROSOFT = "com.microsoft"
"""Domain of the fused operators of onnxruntime for BERT."""


class _Graph:
    """The nodes and weights of a model that is being built, from the bottom to the top."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def weight(self, name: str, values: NDArray[np.generic]) -> str:
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, domain: str = "", **attributes: object) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], output, domain=domain, **attributes))
        return output


def to_onnx(teacher: Teacher, path: Path, version: str) -> None:
    """Write `teacher` to `path` as 32-bit ONNX.

    Inputs are `ids` and `cases` [batch, pieces], the output is `logits` [batch, pieces, tags].
    """
    state = {name: weight.numpy() for name, weight in teacher.state_dict().items()}
    graph = _Graph()
    x = _embeddings(graph, state)
    for at in range(SMALL.layers):
        x = _block(graph, state, at, x)
    product = graph.node("MatMul", [x, graph.weight("tags_w", state["tags.weight"].T)], "product")
    graph.node("Add", [product, graph.weight("tags_b", state["tags.bias"])], "logits")
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "tagger",
            [
                helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "pieces"])
                for name in ("ids", "cases")
            ],
            [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", "pieces", len(TAGS)])],
            graph.weights,
        ),
        opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid(MICROSOFT, 1)],
        ir_version=9,
    )
    helper.set_model_props(model, {"version": version})
    onnx.save(model, path)


def _embeddings(graph: _Graph, state: dict[str, NDArray[np.float32]]) -> str:
    """Add the embeddings and the mask below the layers, and return the name of the output."""
    graph.weight("zero", np.array(0, np.int64))
    graph.weight("one", np.array([1], np.int64))
    graph.weight("two", np.array([2], np.int64))
    graph.weight("first", np.array([0], np.int64))
    graph.node("Cast", [graph.node("Greater", ["ids", "zero"], "seen")], "mask", to=TensorProto.INT32)
    length = graph.node("Slice", [graph.node("Shape", ["ids"], "shape"), "one", "two"], "length")
    positions = graph.weight("positions", state["positions.weight"])
    words = graph.node("Gather", [graph.weight("words", state["words.weight"]), "ids"], "word")
    cases = graph.node("Gather", [graph.weight("case_table", state["cases.weight"]), "cases"], "case")
    places = graph.node("Slice", [positions, "first", length, "first"], "place")
    summed = graph.node("Add", [graph.node("Add", [words, cases], "word_case"), places], "summed")
    norm = [graph.weight(f"norm_{kind}", state[f"norm.{kind}"]) for kind in ("weight", "bias")]
    return graph.node("LayerNormalization", [summed, *norm], "x", epsilon=1e-12)


def _block(graph: _Graph, state: dict[str, NDArray[np.float32]], at: int, x: str) -> str:
    """Add the layer `at` of BERT over `x` in fused operators, and return the name of its output."""

    def matrix(name: str) -> str:
        return graph.weight(f"{name}_w{at}", state[f"layers.{at}.{name}.weight"].T)

    def vector(name: str, kind: str = "bias") -> str:
        return graph.weight(f"{name}_{kind}{at}", state[f"layers.{at}.{name}.{kind}"])

    attended = graph.node(
        "Attention",
        [x, matrix("qkv"), vector("qkv"), "mask"],
        f"attended{at}",
        MICROSOFT,
        num_heads=SMALL.heads,
    )
    out = graph.node("MatMul", [attended, matrix("out")], f"out{at}")
    norm = [vector("norm1", "weight"), vector("norm1"), vector("out")]
    x = graph.node("SkipLayerNormalization", [out, x, *norm], f"mid{at}", MICROSOFT, epsilon=1e-12)
    up = graph.node("MatMul", [x, matrix("up")], f"up{at}")
    active = graph.node("BiasGelu", [up, vector("up")], f"active{at}", MICROSOFT)
    down = graph.node("MatMul", [active, matrix("down")], f"down{at}")
    norm = [vector("norm2", "weight"), vector("norm2"), vector("down")]
    return graph.node("SkipLayerNormalization", [down, x, *norm], f"top{at}", MICROSOFT, epsilon=1e-12)


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


def quantise(source: Path, target: Path) -> None:
    """Write the model at `source` to `target` with 8-bit weights, one factor a column and one a word piece.

    Matrices use 7 of the 8 bits, because processors without VNNI add products in 16 bits and would overflow.
    Word pieces are only looked up and use all 8 bits. The head is small and stays as it is.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        _with_short_words(onnx.load(source)),
        target,
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
        op_types_to_quantize=["MatMul", "Attention"],
        nodes_to_exclude=["product"],
        extra_options={
            "DefaultTensorType": TensorProto.FLOAT
        },  # it cannot infer types through fused operators
    )


def _with_short_words(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return `model` with its table of word pieces in 8 bits and a factor for each row."""
    weights, nodes = model.graph.initializer, model.graph.node
    words = next(weight for weight in weights if weight.name == "words")
    table, factors = quantised(numpy_helper.to_array(words))
    weights.remove(words)
    graph = _Graph()
    whole = graph.node("Gather", [graph.weight("words", table), "ids"], "whole_word")
    factor = graph.node("Gather", [graph.weight("word_factors", factors[:, None]), "ids"], "short_factor")
    graph.node(
        "Mul",
        [
            graph.node("Cast", [whole], "float_word", to=TensorProto.FLOAT),
            graph.node("Cast", [factor], "word_factor", to=TensorProto.FLOAT),
        ],
        "word",
    )
    kept = [node for node in nodes if node.output[0] != "word"]
    del nodes[:]
    nodes.extend(graph.nodes + kept)
    weights.extend(graph.weights)
    return model


def runner(model: Path, threads: int) -> RunModel:
    """Return the model at `model` as a function of windows that runs on `threads` cores."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return lambda ids, cases: session.run(["logits"], {"ids": ids, "cases": cases})[0]
