"""The teacher: the encoder of the accurate vectors, of which each passage gets the vector before rounding."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from streams.enrich.wordpieces import VOCABULARY, WordPieceCutter
from streams.stories.encoder import MODEL, RunModel, runner_of
from streams.stories.vectors import WIDTH
from streams.training.story_vectors.targets import Matrix

NAME = "streams/stories/encoder.onnx"
PIECES = 128
"""Word pieces of a passage that are read, with the marks at both ends."""

TEACHER_WIDTH = WIDTH


class Teacher:
    """A model and the word pieces that it reads."""

    def __init__(self, run: RunModel, cutter: WordPieceCutter) -> None:
        """Take a model, and the word pieces that it reads."""
        self._run, self._cutter = run, cutter

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Return the vectors of `texts`, which have no unit length."""
        return np.concatenate([self._vector_of(text) for text in texts])

    def _vector_of(self, text: str) -> Matrix:
        vector: Matrix = self._run(np.array([self._cutter.cut_marked(text, PIECES)], np.int64))
        return vector


def load_teacher(path: Path = MODEL, threads: int = 1) -> Teacher:
    """Return the teacher of the model file at `path`. It runs on `threads` cores."""
    return Teacher(runner_of(path, threads), WordPieceCutter(VOCABULARY))


def digest_of(path: Path = MODEL) -> str:
    """Return a name of the contents of the model file, which tells one teacher from another."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
