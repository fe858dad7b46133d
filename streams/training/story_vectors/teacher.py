"""The teacher: all-MiniLM-L6-v2 gives a passage the mean of the outputs for its word pieces."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from streams.enrich.wordpieces import VOCABULARY, WordPieceCutter
from streams.training.entities.teacher import SMALL, Bert, encoder_folder
from streams.training.onnx_encoder import State

NAME = "sentence-transformers/all-MiniLM-L6-v2"
PIECES = 160
"""Word pieces of a passage that are read, with the marks at both ends."""

TEACHER_WIDTH = SMALL.hidden

_FORBIDDEN = -1e4
"""Added to the attention scores of padding."""


class SentenceEncoder(Bert):
    """Word pieces of passages in, the mean of the outputs of each passage out."""

    def forward(self, ids: Tensor) -> Tensor:
        """Return vectors [passages, hidden], not of unit length; the id 0 is padding."""
        mask = torch.where(ids == 0, _FORBIDDEN, 0.0)[:, None, None, :]
        x = self.norm(self.words(ids) + self.positions(torch.arange(ids.shape[1])))
        for layer in self.layers:
            x = layer(x, mask)
        real = (ids > 0).float()[:, :, None]
        vectors: Tensor = (x * real).sum(1) / real.sum(1)
        return vectors


class Teacher:
    """The pretrained encoder and the word pieces that it reads."""

    def __init__(self, pieces: int = PIECES) -> None:
        """Load the encoder, to read `pieces` word pieces of a passage, with the marks at both ends."""
        from safetensors.torch import load_file

        self._encoder = SentenceEncoder()
        self._encoder.load_encoder(load_file(encoder_folder() / "model.safetensors"))
        self._encoder.eval()
        self._cutter = WordPieceCutter(VOCABULARY)
        self._pieces = pieces

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of `texts`."""
        opening, closing = self._cutter.opening, self._cutter.closing
        pieces = [[opening, *self._cutter.cut(text, self._pieces - 2), closing] for text in texts]
        ids = np.zeros((len(pieces), max(map(len, pieces))), np.int64)
        for row, own in enumerate(pieces):
            ids[row, : len(own)] = own
        with torch.inference_mode():
            vectors: NDArray[np.float32] = self._encoder(torch.from_numpy(ids)).numpy()
        return vectors

    def state(self) -> State:
        """Return the weights of the encoder by their names in torch."""
        return {name: weight.numpy() for name, weight in self._encoder.state_dict().items()}
