"""The encoder in ONNX computes what BERT computes, with 32 bits exactly and with 8 bits nearly."""

from __future__ import annotations

from math import erf

import numpy as np
import pytest

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from streams.training.onnx_encoder import (
    Graph,
    add_head,
    add_layer,
    add_norm,
    add_positions,
    add_words,
    quantise,
)
from tests.fakes.tiny_encoder import HEADS, HIDDEN, LAYERS, PIECES, random_state

LABELS = 5


def built(state) -> onnx.ModelProto:
    """Return an encoder whose head reads every piece."""
    graph = Graph()
    words, places = add_words(graph, state), add_positions(graph, state)
    x = add_norm(graph, state, graph.node("Add", [words, places], "summed"))
    for at in range(LAYERS):
        x = add_layer(graph, state, at, x, heads=HEADS, mask=None)
    add_head(graph, state["head.weight"], state["head.bias"], x, "head")
    return graph.model(
        "tiny",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", "pieces"])],
        helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", "pieces", LABELS]),
        {"version": "1"},
    )


def run(model: bytes, ids: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    assert session.get_modelmeta().custom_metadata_map["version"] == "1"
    (logits,) = session.run(["logits"], {"ids": ids})
    return logits


def normed(x: np.ndarray, state, name: str) -> np.ndarray:
    centred = x - x.mean(-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
    return scaled * state[f"{name}.weight"] + state[f"{name}.bias"]


def expected(state, ids: np.ndarray) -> np.ndarray:
    """Return the logits of one row of ids, computed as Devlin et al. 2019 describe it."""

    def linear(x: np.ndarray, name: str) -> np.ndarray:
        return x @ state[f"{name}.weight"].T + state[f"{name}.bias"]

    x = normed(state["words.weight"][ids] + state["positions.weight"][: len(ids)], state, "norm")
    for at in range(LAYERS):
        layer = f"layers.{at}"
        q, k, v = np.split(linear(x, f"{layer}.qkv"), 3, axis=-1)
        heads = []
        for head in np.split(np.arange(HIDDEN), HEADS):
            scores = q[:, head] @ k[:, head].T / np.sqrt(len(head))
            weights = np.exp(scores - scores.max(-1, keepdims=True))
            heads.append(weights / weights.sum(-1, keepdims=True) @ v[:, head])
        x = normed(x + linear(np.concatenate(heads, -1), f"{layer}.out"), state, f"{layer}.norm1")
        up = linear(x, f"{layer}.up")
        active = up * (1 + np.vectorize(erf)(up / np.sqrt(2))) / 2
        x = normed(x + linear(active, f"{layer}.down"), state, f"{layer}.norm2")
    return linear(x, "head")


def test_the_model_computes_what_bert_computes():
    state = random_state(LABELS)
    ids = np.array([[2, 7, 9, 30, 11, 3]])

    logits = run(built(state).SerializeToString(), ids)

    assert logits[0] == pytest.approx(expected(state, ids[0]), abs=1e-4)


def test_the_model_with_8_bits_is_nearly_the_same_and_its_head_is_whole(tmp_path):
    state = random_state(LABELS)
    rows = np.random.default_rng(2).integers(4, len(PIECES), (20, 30))

    quantise(built(state), tmp_path / "model.onnx")

    logits = run((tmp_path / "model.onnx").read_bytes(), rows)
    exact = np.array([expected(state, ids) for ids in rows])
    assert np.abs(logits - exact).mean() < 0.1 * exact.std()
    weights = {
        weight.name: numpy_helper.to_array(weight)
        for weight in onnx.load(tmp_path / "model.onnx").graph.initializer
    }
    assert weights["words"].dtype == np.int8
    assert weights["up_w1_quantized"].dtype == np.int8
    assert (np.abs(weights["up_w1_quantized"].astype(int)) <= 64).all()
    assert (weights["head_w"] == state["head.weight"].T).all()
