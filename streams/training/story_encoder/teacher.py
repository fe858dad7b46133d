"""Encoders of sentences: the larger one, from which the encoder of the stories learns, and where that begins.

Both give a text the mean of the outputs for its word pieces.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from streams.enrich.wordpieces import VOCABULARY, WordPieceCutter
from streams.training.entities.large import SIZE, Mpnet, mpnet_weights
from streams.training.entities.teacher import Bert, encoder_folder

NAME = "sentence-transformers/all-mpnet-base-v2"
TEACHER_PIECES = 128
"""Word pieces of an article that the larger encoder reads, with the marks at both ends."""

TEACHER_WIDTH = SIZE.hidden

_FORBIDDEN = -1e4
"""Added to the attention scores of padding."""

_TOGETHER = 32
"""Texts that are read together."""


class SentenceEncoder(Bert):
    """Word pieces of texts in, the mean of the outputs of each text out."""

    def forward(self, ids: Tensor) -> Tensor:
        """Return vectors [texts, hidden], not of unit length; the id 0 is padding."""
        mask = torch.where(ids == 0, _FORBIDDEN, 0.0)[:, None, None, :] + self.distance_bias(ids.shape[1])
        x = self.norm(self.words(ids) + self.positions(torch.arange(ids.shape[1])))
        for layer in self.layers:
            x = layer(x, mask)
        real = (ids > 0).float()[:, :, None]
        vectors: Tensor = (x * real).sum(1) / real.sum(1)
        return vectors


class LargeSentenceEncoder(Mpnet, SentenceEncoder):
    """MPNet as an encoder of sentences."""


class Reader:
    """An encoder and the word pieces that it reads."""

    def __init__(self, encoder: SentenceEncoder, pieces: int) -> None:
        """Take an encoder, to read `pieces` word pieces of a text, with the marks at both ends."""
        self.encoder = encoder.eval()
        self._cutter = WordPieceCutter(VOCABULARY)
        self._pieces = pieces

    def cut(self, text: str) -> list[int]:
        """Return the ids of the pieces of `text` that are read."""
        return self._cutter.cut_marked(text, self._pieces)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of `texts`, which are read together."""
        with torch.inference_mode():
            vectors: NDArray[np.float32] = self.encoder(as_batch(list(map(self.cut, texts)))).numpy()
        return vectors

    def encode_all(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of many `texts`."""
        starts = range(0, len(texts), _TOGETHER)
        return np.concatenate([self.encode(texts[start : start + _TOGETHER]) for start in starts])


def as_batch(pieces: Sequence[Sequence[int]]) -> Tensor:
    """Return the ids of texts, [texts, pieces of the longest], with 0 behind the shorter ones."""
    ids = np.zeros((len(pieces), max(map(len, pieces))), np.int64)
    for row, own in zip(ids, pieces, strict=True):
        row[: len(own)] = own
    return torch.from_numpy(ids)


def load_teacher() -> Reader:
    """Return the larger encoder, MPNet, as it was pretrained."""
    encoder = LargeSentenceEncoder()
    encoder.load_encoder(mpnet_weights())
    return Reader(encoder, TEACHER_PIECES)


def load_student(pieces: int) -> Reader:
    """Return MiniLM as it was pretrained, to read `pieces` word pieces of a text."""
    from safetensors.torch import load_file

    encoder = SentenceEncoder()
    encoder.load_encoder(load_file(encoder_folder() / "model.safetensors"))
    return Reader(encoder, pieces)
