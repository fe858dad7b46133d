"""The file of the story encoder: the mean of the pieces, turned to the axes on which articles differ."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

import onnxruntime

from streams.training.story_encoder.export import Projection, fit_projection, write_encoder
from tests.fakes.tiny_encoder import HEADS, HIDDEN, random_state

IDS = np.array([[2, 30, 11, 8, 19, 3]])


def directions(count: int = 300) -> np.ndarray:
    """Return vectors with much in common, which differ most on the first axes."""
    rng = np.random.default_rng(1)
    spread = np.array([0.5, 0.3, *[0.02] * 6])
    return (rng.normal(size=(count, 8)) * spread + 2).astype(np.float32)


def projected(vectors: np.ndarray, projection: Projection) -> np.ndarray:
    rows = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return rows @ projection.weight.T + projection.bias


def test_what_all_articles_have_in_common_is_taken_off():
    vectors = directions()

    assert projected(vectors, fit_projection(vectors, 3, 0.5)).mean(axis=0) == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("whitening", [0.0, 0.5, 1.0])
def test_whitening_says_how_equally_long_the_axes_become(whitening):
    vectors = directions()
    before, after = (
        projected(vectors, fit_projection(vectors, 2, power)).std(axis=0) for power in (0.0, whitening)
    )

    assert before[1] < 0.8 * before[0]
    assert after[1] / after[0] == pytest.approx((before[1] / before[0]) ** (1 - whitening), rel=1e-4)


def test_the_model_projects_the_unit_mean_of_all_pieces(tmp_path):
    weight = np.eye(HIDDEN, dtype=np.float32)
    runs = []
    for shift in (0, 5):
        path = tmp_path / f"{shift}.onnx"
        projection = Projection(weight, np.full(HIDDEN, shift, np.float32))
        write_encoder(random_state(1), projection, path, heads=HEADS, version="7")
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        runs.append(session.run(["vector"], {"ids": IDS})[0])
        assert session.get_modelmeta().custom_metadata_map["version"] == "7"

    plain, shifted = runs
    assert plain.shape == (1, HIDDEN)
    assert np.linalg.norm(plain) == pytest.approx(1, abs=1e-5)
    assert shifted == pytest.approx(plain + 5, abs=1e-5)
    for place in range(IDS.shape[1]):
        changed = IDS.copy()
        changed[0, place] += 1
        assert not np.array_equal(session.run(["vector"], {"ids": changed})[0], shifted)
