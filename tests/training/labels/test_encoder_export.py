"""The exported file has the encoder's weights, its labels and how it reads."""

from __future__ import annotations

import json

import numpy as np
import pytest

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

import onnxruntime

from streams.enrich.labels.base import Decision, Line
from streams.enrich.labels.encoder import LabelSetup, Reading
from streams.training.labels.encoder_export import write_encoder
from tests.fakes.tiny_encoder import HEADS, random_state

LABELS = {
    "trade": LabelSetup(0.75, Decision(0.5, Line(1.25, -0.5), Line(1.0, 0.0))),
    "climate": LabelSetup(0.5, Decision(0.35, Line(2.0, 0.0), Line(1.5, -1.0))),
}
READING = Reading(pieces=30, least=6, chunks=2)
IDS = np.array([[2, 30, 11, 8, 19, 3]])


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("export") / "accurate.onnx"
    write_encoder(random_state(2), path, heads=HEADS, version="2026-01-30", labels=LABELS, reading=READING)
    return path


@pytest.fixture
def session(path):
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def test_the_metadata_say_how_the_logits_are_used(session):
    metadata = session.get_modelmeta().custom_metadata_map

    assert metadata["version"] == "2026-01-30"
    assert json.loads(metadata["reading"]) == {"pieces": 30, "least": 6, "chunks": 2}
    assert list(json.loads(metadata["labels"])) == ["trade", "climate"]
    assert json.loads(metadata["labels"])["trade"] == {
        "weight": 0.75,
        "decision": {
            "threshold": 0.5,
            "long": {"slope": 1.25, "intercept": -0.5},
            "short": {"slope": 1.0, "intercept": 0.0},
        },
    }


def test_the_head_reads_the_mean_of_all_pieces(session, tmp_path):
    state = random_state(2)
    state["head.bias"] += np.float32(100)
    higher = tmp_path / "higher.onnx"
    write_encoder(state, higher, heads=HEADS, version="1", labels=LABELS, reading=READING)

    (logits,) = session.run(["logits"], {"ids": IDS})
    (raised,) = onnxruntime.InferenceSession(higher).run(["logits"], {"ids": IDS})

    assert logits.shape == (1, 2)
    assert raised == pytest.approx(logits + 100, abs=1e-4)
    for place in range(IDS.shape[1]):  # each piece counts
        changed = IDS.copy()
        changed[0, place] += 1
        assert not np.array_equal(session.run(["logits"], {"ids": changed})[0], logits)


def test_the_same_weights_make_the_same_file(path, tmp_path):
    write_encoder(
        random_state(2),
        tmp_path / "again.onnx",
        heads=HEADS,
        version="2026-01-30",
        labels=LABELS,
        reading=READING,
    )

    assert (tmp_path / "again.onnx").read_bytes() == path.read_bytes()


def test_a_head_for_other_labels_is_refused(tmp_path):
    with pytest.raises(ValueError, match="3 rows for 2 labels: trade, climate"):
        write_encoder(
            random_state(3), tmp_path / "x.onnx", heads=HEADS, version="1", labels=LABELS, reading=READING
        )

    assert not (tmp_path / "x.onnx").exists()
