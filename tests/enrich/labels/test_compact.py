"""A model file that cannot be used is refused in one line, before an article is labelled by it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.enrich.embedding import load_embedding
from streams.enrich.labels.compact import MODEL, CompactModel
from streams.enrich.labels.taxonomy import load_taxonomy
from streams.errors import UnknownLabeller
from streams.training.labels.export import write
from tests.enrich.labels.networks import DECISION, packed, random_state

DECISIONS = {"climate": DECISION, "trade": DECISION}


@pytest.fixture(scope="module")
def arrays():
    return packed(random_state(2), DECISIONS, version="3")


def load(path):
    return CompactModel.load(load_embedding(), path)


def card(**fields):
    known = {"format": 2, "version": "3", "date": "2026-01-31", "trained_on": "nothing", "decisions": {}}
    decision = [0.5, [1, 0], [1, 0]]
    filled = {**known, "decisions": {"climate": decision, "trade": decision}, **fields}
    return np.frombuffer(json.dumps(filled).encode(), np.uint8)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"card": card(format=9)}, "it has format 9, and this release reads format 2"),
        ({"card": card(format="new")}, "its card has an error in format"),
        ({"card": card(extra=1)}, "its card has an error in extra"),
        ({"card": card(decisions={"climate": [0.5, [1, 0]]})}, "its card has an error in decisions.climate"),
        ({"card": card(decisions={"climate": [0.5, [1, 0], [1, 0]]})}, "a number for each of 1 labels"),
        ({"base": np.array([np.nan, 0.0])}, "a number for each of 2 labels"),
        ({"first": np.zeros((3, 3), np.int16)}, "ValueError"),
        ({"spellings": np.zeros((1, 6), np.int8)}, "ZeroDivisionError"),
        ({"out": None}, "KeyError"),
    ],
)
def test_a_model_of_another_shape_is_refused_with_the_reason(tmp_path, arrays, changes, reason):
    path = tmp_path / "compact.npz"
    write({name: array for name, array in {**arrays, **changes}.items() if array is not None}, path)

    with pytest.raises(UnknownLabeller) as refused:
        load(path)

    message = str(refused.value)
    assert message.startswith(f"{path} cannot be used (")
    assert reason in message
    assert message.endswith("; install Wireroom again")
    assert "\n" not in message


def test_the_shipped_model_decides_on_all_shipped_labels_and_is_small():
    model = load(MODEL)

    assert sorted(model.labels) == [label.label for label in load_taxonomy().labels]
    assert MODEL.stat().st_size < 8_000_000


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"label = 1\n", b"\x93NUMPY\x01\x00v\x00{}", None])
def test_a_file_that_is_not_a_model_is_refused(tmp_path, content):
    path = tmp_path / "compact.npz"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(UnknownLabeller, match=r"cannot be used \("):
        load(path)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damage=st.lists(st.tuples(st.floats(0, 1), st.integers(1, 255)), max_size=3), length=st.floats(0.2, 1))
def test_a_damaged_file_is_refused_or_harmless(tmp_path, arrays, damage, length):
    path = tmp_path / "compact.npz"
    write(arrays, path)
    content = bytearray(path.read_bytes())
    for place, change in damage:
        content[int(place * (len(content) - 1))] ^= change
    path.write_bytes(content[: int(length * len(content))])

    try:
        model = load(path)
    except UnknownLabeller:
        return

    model.check()
