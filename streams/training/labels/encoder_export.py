"""Export the encoder of the accurate labeller as an ONNX model with 8-bit weights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from onnx import TensorProto, helper

from streams.enrich.labels.encoder import LabelSetup, Reading
from streams.training.onnx_encoder import Graph, State, add_encoder, add_head, quantise


def write_encoder(
    state: State,
    path: Path,
    *,
    heads: int,
    version: str,
    labels: Mapping[str, LabelSetup],
    reading: Reading,
) -> None:
    """Write the model file that `streams.enrich.labels.encoder` loads.

    `state` has the weights by their names in torch, in 32-bit floats; `heads` is the number of heads of each
    layer. `labels` are in the order of the head's rows. The model gets the `ids` [1, pieces] of a chunk, with
    the marks that open and close it, and returns `logits` [1, labels].

    Raise ValueError if there is not one label for each row of the head.
    """
    rows = len(state["head.bias"])
    if len(labels) != rows:
        raise ValueError(f"the head has {rows} rows for {len(labels)} labels: {', '.join(labels)}")
    graph = Graph()
    mean = graph.node("ReduceMean", [add_encoder(graph, state, heads=heads)], "mean", axes=[1], keepdims=0)
    add_head(graph, state["head.weight"], state["head.bias"], mean, "head")
    model = graph.model(
        "labeller",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "pieces"])],
        helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, rows]),
        {
            "version": version,
            "reading": json.dumps(reading._asdict()),
            "labels": json.dumps({label: _written(setup) for label, setup in labels.items()}),
        },
    )
    quantise(model, path)


def _written(setup: LabelSetup) -> dict[str, object]:
    """Return the setup as objects with names, which are easier to read in the file than lists."""
    threshold, long, short = setup.decision
    decision = {"threshold": threshold, "long": long._asdict(), "short": short._asdict()}
    return {"weight": setup.weight, "decision": decision}
