"""The encoder of the accurate vectors: MiniLM reads the headline and the beginning of an article.

It sees words in their order, so it tells events apart that are told in the same words. The compact vector
sees more of the text, so the accurate vector is made of both. It takes some ten milliseconds, the compact one
a tenth of a millisecond. Needs the extra wireroom[accurate].
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from streams.enrich.onnx_model import open_model, refusing
from streams.enrich.wordpieces import VOCABULARY, WordPieceCutter
from streams.errors import UnknownVectors
from streams.stories.distinct_words import begins_with
from streams.stories.vectors import WIDTH, Floats, Vector, quantise, unit

MODEL = Path(__file__).with_name("encoder.onnx")
JOINT = Path(__file__).with_name("joint.npz")
"""Has the `matrix` [2 * WIDTH, WIDTH] from the compact vector and the encoder's direction to the vector."""

NAMES = ("compact", "accurate")

PIECES = 64
"""Word pieces that are read, with the marks at both ends."""

RunModel = Callable[[NDArray[np.int64]], NDArray[np.float32]]
"""From the ids of the pieces of one article to its direction: [1, pieces] to [1, WIDTH]."""


class StoryEncoder:
    """Gives articles vectors by which events are told apart. Not safe for several threads."""

    def __init__(self, run: RunModel, cutter: WordPieceCutter, joint: Floats) -> None:
        """Take a model, the word pieces that it reads, and the matrix of JOINT."""
        self._run, self._cutter, self._joint = run, cutter, joint

    @classmethod
    def load(cls, path: Path = MODEL, joint: Path = JOINT) -> StoryEncoder:
        """Load the model file at `path`, to run on one core, and the matrix at `joint`.

        Raise UnknownVectors if onnxruntime is not installed, or if a file is missing or damaged.
        """
        needs, other = "the accurate vectors need", "the compact vectors"
        with refusing(joint, UnknownVectors, needs, other):
            matrix = _read_joint(joint)
        with refusing(path, UnknownVectors, needs, other):
            encoder = cls(runner_of(path), WordPieceCutter(VOCABULARY), matrix)
            encoder.direction_of("", "Check")
        return encoder

    def vector_of(self, headline: str, text: str, compact: Vector) -> Vector:
        """Return the vector of an article, of which `text` may begin with `headline`.

        `compact` is its compact vector.
        """
        direction = self.direction_of(headline, text)
        return quantise(np.concatenate([unit(compact.astype(np.float64)), direction]) @ self._joint)

    def direction_of(self, headline: str, text: str) -> Floats:
        """Return the unit vector that the model alone gives to an article.

        Raise ValueError if the model does not give WIDTH finite numbers.
        """
        pieces = self._cutter.cut_marked(read_part(headline, text), PIECES)
        (direction,) = self._run(np.array([pieces], np.int64))
        if direction.shape != (WIDTH,) or not np.isfinite(direction).all():
            raise ValueError(
                f"the model gives a vector of shape {direction.shape}, or one that is not finite; {WIDTH} "
                "finite numbers are needed"
            )
        return unit(direction.astype(np.float64))


def runner_of(path: Path, threads: int = 1) -> RunModel:
    """Return what runs the model file at `path`, on `threads` cores. Needs onnxruntime."""
    session = open_model(path, threads)
    return lambda ids: session.run(["vector"], {"ids": ids})[0]


def _read_joint(path: Path) -> Floats:
    """Return the matrix at `path`. Raises ValueError if it has another shape, or is not finite."""
    with np.load(path) as arrays:
        matrix: Floats = arrays["matrix"].astype(np.float64)
    if matrix.shape != (2 * WIDTH, WIDTH) or not np.isfinite(matrix).all():
        raise ValueError(f"the matrix has the shape {matrix.shape}, or is not finite")
    return matrix


def load_encoder(name: str) -> StoryEncoder | None:
    """Return the encoder for the vectors called `name`; the `compact` ones need none.

    Raise UnknownVectors if no vectors have this name, or if a package or a file that they need is missing.
    """
    if name not in NAMES:
        raise UnknownVectors(f"no story vectors are called {name!r}; choose one of {', '.join(NAMES)}")
    return StoryEncoder.load(MODEL) if name == "accurate" else None


def read_part(headline: str, text: str) -> str:
    """Return what the encoder reads of an article: the headline as a sentence, and then the text."""
    headline = headline.strip()
    if not headline:
        return text
    return f"{headline}. {text.removeprefix(headline) if begins_with(text, headline) else text}"
