"""Build ONNX models of BERT encoders with 8-bit weights, which onnxruntime runs without torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from streams.training.quantisation import quantised

MICROSOFT = "com.microsoft"
"""Domain of the fused operators of onnxruntime for BERT."""

State = Mapping[str, NDArray[np.float32]]
"""The weights of an encoder by their names in torch: words, positions, norm and layers."""

EPSILON = 1e-12
"""Of the layers' norms."""

HEAD = "product"
"""Name of the multiplication by the weights of the head, which keeps its 32 bits."""


class Graph:
    """The nodes and weights of a model that is being built, from the bottom to the top."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def weight(self, name: str, values: NDArray[np.generic]) -> str:
        """Add a weight, and return its name."""
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, domain: str = "", **attributes: object) -> str:
        """Add an operator called as its output, and return that name."""
        self.nodes.append(helper.make_node(kind, inputs, [output], output, domain=domain, **attributes))
        return output

    def model(
        self,
        name: str,
        inputs: Sequence[onnx.ValueInfoProto],
        output: onnx.ValueInfoProto,
        metadata: Mapping[str, str],
    ) -> onnx.ModelProto:
        """Return the model of all nodes."""
        model = helper.make_model(
            helper.make_graph(self.nodes, name, inputs, [output], self.weights),
            opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid(MICROSOFT, 1)],
            ir_version=9,
        )
        helper.set_model_props(model, dict(metadata))
        return model


def add_positions(graph: Graph, state: State) -> str:
    """Add the positions of `ids` as embeddings, and return the name of the output."""
    graph.weight("one", np.array([1], np.int64))
    graph.weight("two", np.array([2], np.int64))
    graph.weight("first", np.array([0], np.int64))
    length = graph.node("Slice", [graph.node("Shape", ["ids"], "shape"), "one", "two"], "length")
    positions = graph.weight("positions", state["positions.weight"])
    return graph.node("Slice", [positions, "first", length, "first"], "place")


def add_words(graph: Graph, state: State) -> str:
    """Add the embeddings of the word pieces `ids`, and return the name of the output."""
    return graph.node("Gather", [graph.weight("words", state["words.weight"]), "ids"], "word")


def add_norm(graph: Graph, state: State, x: str) -> str:
    """Add the norm below the layers, and return the name of the output."""
    norm = [graph.weight(f"norm_{kind}", state[f"norm.{kind}"]) for kind in ("weight", "bias")]
    return graph.node("LayerNormalization", [x, *norm], "x", epsilon=EPSILON)


def add_layer(graph: Graph, state: State, at: int, x: str, *, heads: int, mask: str | None) -> str:
    """Add the layer `at` of BERT over `x` in fused operators, and return the name of its output.

    `mask` names the mask of the pieces that are not padding, or is None if there is no padding.
    """

    def matrix(name: str) -> str:
        return graph.weight(f"{name}_w{at}", state[f"layers.{at}.{name}.weight"].T)

    def vector(name: str, kind: str = "bias") -> str:
        return graph.weight(f"{name}_{kind}{at}", state[f"layers.{at}.{name}.{kind}"])

    attended = graph.node(
        "Attention",
        [x, matrix("qkv"), vector("qkv"), *([mask] if mask else [])],
        f"attended{at}",
        MICROSOFT,
        num_heads=heads,
    )
    out = graph.node("MatMul", [attended, matrix("out")], f"out{at}")
    norm = [vector("norm1", "weight"), vector("norm1"), vector("out")]
    x = graph.node("SkipLayerNormalization", [out, x, *norm], f"mid{at}", MICROSOFT, epsilon=EPSILON)
    up = graph.node("MatMul", [x, matrix("up")], f"up{at}")
    active = graph.node("BiasGelu", [up, vector("up")], f"active{at}", MICROSOFT)
    down = graph.node("MatMul", [active, matrix("down")], f"down{at}")
    norm = [vector("norm2", "weight"), vector("norm2"), vector("down")]
    return graph.node("SkipLayerNormalization", [down, x, *norm], f"top{at}", MICROSOFT, epsilon=EPSILON)


def add_encoder(graph: Graph, state: State, *, heads: int) -> str:
    """Add the whole encoder over `ids` without padding, and return the name of its output."""
    words, places = add_words(graph, state), add_positions(graph, state)
    x = add_norm(graph, state, graph.node("Add", [words, places], "summed"))
    for at in range(len({name.split(".")[1] for name in state if name.startswith("layers.")})):
        x = add_layer(graph, state, at, x, heads=heads, mask=None)
    return x


def add_head(
    graph: Graph,
    weight: NDArray[np.float32],
    bias: NDArray[np.float32],
    x: str,
    name: str,
    output: str = "logits",
) -> str:
    """Add the linear head over `x`, whose weights are called as `name`, and return the `output`."""
    product = graph.node("MatMul", [x, graph.weight(f"{name}_w", weight.T)], HEAD)
    return graph.node("Add", [product, graph.weight(f"{name}_b", bias)], output)


def quantise(model: onnx.ModelProto, target: Path) -> None:
    """Write `model` to `target` with 8-bit weights, one factor a column and one a word piece.

    Matrices use 7 of the 8 bits, because processors without VNNI add products in 16 bits and would overflow.
    Word pieces are only looked up and use all 8 bits. The head is small and stays as it is.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        _with_short_words(model),
        target,
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
        op_types_to_quantize=["MatMul", "Attention"],
        nodes_to_exclude=[HEAD],
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
    graph = Graph()
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
