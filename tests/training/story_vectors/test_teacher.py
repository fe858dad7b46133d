"""The teacher gives each passage the model's vector of its first word pieces."""

from __future__ import annotations

import numpy as np
import pytest

from streams.enrich.wordpieces import VOCABULARY, WordPieceCutter
from streams.training.story_vectors.teacher import PIECES, Teacher, digest_of


@pytest.fixture
def cutter():
    return WordPieceCutter(VOCABULARY)


def test_each_passage_has_a_row(cutter):
    teacher = Teacher(lambda ids: ids[:, :2].astype(np.float32), cutter)

    vectors = teacher.encode(["One.", "Two."])

    assert vectors.tolist() == [
        [cutter.opening, *cutter.cut("One", 9)],
        [cutter.opening, *cutter.cut("Two", 9)],
    ]


def test_a_long_passage_is_read_up_to_its_last_allowed_piece(cutter):
    read = []

    def run(ids):
        read.extend(ids[0].tolist())
        return np.zeros((1, 2), np.float32)

    Teacher(run, cutter).encode(["word " * 1000])

    assert len(read) == PIECES
    assert (read[0], read[-1]) == (cutter.opening, cutter.closing)


def test_another_model_file_has_another_digest(tmp_path):
    digests = set()
    for contents in (b"one", b"two"):
        path = tmp_path / "encoder.onnx"
        path.write_bytes(contents)
        digests.add(digest_of(path))

    assert len(digests) == 2
