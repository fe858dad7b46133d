"""The encoder of the accurate labeller: MiniLM reads chunks of an article and gives each label a logit.

Its lower layers stay as they were pretrained. So their output for each chunk is computed once and kept, and a
step of the training costs half. The logit of an article is the log-mean-exp of the logits of its chunks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from streams.enrich.labels.encoder import Reading
from streams.training.entities.teacher import SMALL, Bert, Size

FROZEN = 3
"""Layers that are not trained."""

READING = Reading(pieces=126, least=22, chunks=2)
"""How much of an article is read: about 190 words. A third chunk makes it slower, not better."""

_FORBIDDEN = -1e4
"""Added to the attention scores of padding."""

_RUN = 32


class Encoder(Bert):
    """Word pieces of chunks in, a logit for each label out."""

    fresh = frozenset(["head.weight", "head.bias"])

    def __init__(self, labels: int, size: Size = SMALL, *, frozen: int = FROZEN) -> None:
        super().__init__(size)
        self.head = nn.Linear(size.hidden, labels)
        self._frozen = frozen
        for part in (self.words, self.positions, self.norm, *self.layers[:frozen]):
            part.requires_grad_(False)

    def below(self, ids: Tensor) -> Tensor:
        """Return what the frozen layers make of the chunks `ids`: [chunks, pieces, hidden]; 0 is padding."""
        mask = torch.where(ids == 0, _FORBIDDEN, 0.0)[:, None, None, :]
        x: Tensor = self.norm(self.words(ids) + self.positions(torch.arange(ids.shape[1])))
        for layer in self.layers[: self._frozen]:
            x = layer(x, mask)
        return x

    def forward(self, below: Tensor, real: Tensor) -> Tensor:
        """Return logits [chunks, labels] from the output of the frozen layers; `real` is False at padding."""
        mask = torch.where(real, 0.0, _FORBIDDEN)[:, None, None, :]
        x = below
        for layer in self.layers[self._frozen :]:
            x = layer(x, mask)
        kept = real.float()[:, :, None]
        logits: Tensor = self.head(self.dropout((x * kept).sum(1) / kept.sum(1)))
        return logits


def pool(logits: Tensor, owners: Tensor, articles: int) -> Tensor:
    """Return the logits of articles; `owners` has the article of each chunk."""
    return torch.stack([log_mean_exp(logits[owners == article]) for article in range(articles)])


def log_mean_exp(logits: Tensor) -> Tensor:
    """Return the logarithm of the mean of the exponentials over the first axis."""
    return torch.logsumexp(logits, 0) - math.log(len(logits))


class Described:
    """Articles as the output of the frozen layers for their chunks, in half precision: 0.3 MB an article."""

    def __init__(
        self, encoder: Encoder, articles: Sequence[Sequence[Sequence[int]]], progress: Callable[[int], None]
    ) -> None:
        """Compute the chunks of `articles`; tell `progress` how many are done."""
        cut = [chunk for article in articles for chunk in article]
        self.lengths = np.array([len(chunk) for chunk in cut], np.int64)
        ends = np.cumsum([len(article) for article in articles])
        self.of = [
            range(end - len(article), end) for end, article in zip(ends.tolist(), articles, strict=True)
        ]
        self._starts = np.concatenate([[0], np.cumsum(self.lengths)])
        self._below = np.zeros((int(self._starts[-1]), encoder.head.in_features), np.float16)
        encoder.eval()
        with torch.inference_mode():
            for own in self._runs():
                ids = np.zeros((len(own), int(self.lengths[own].max())), np.int64)
                for row, chunk in enumerate(own.tolist()):
                    ids[row, : len(cut[chunk])] = cut[chunk]
                below = encoder.below(torch.from_numpy(ids)).numpy()
                for row, chunk in enumerate(own.tolist()):
                    first, last = self._starts[chunk : chunk + 2]
                    self._below[first:last] = below[row, : last - first]
                progress(len(own))

    def batch(self, own: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """Return the inputs of `Encoder.forward` for the chunks with these numbers."""
        shape = (len(own), int(self.lengths[own].max()))
        below, real = np.zeros((*shape, self._below.shape[1]), np.float32), np.zeros(shape, np.bool_)
        for row, chunk in enumerate(own.tolist()):
            first, last = self._starts[chunk : chunk + 2]
            below[row, : last - first], real[row, : last - first] = self._below[first:last], True
        return torch.from_numpy(below), torch.from_numpy(real)

    def predict(self, encoder: Encoder) -> NDArray[np.float32]:
        """Return the logits of the articles: [articles, labels]."""
        encoder.eval()
        logits = torch.zeros(len(self.lengths), encoder.head.out_features)
        with torch.inference_mode():
            for own in self._runs():
                logits[own] = encoder(*self.batch(own))
        pooled: NDArray[np.float32] = torch.stack(
            [log_mean_exp(logits[list(own)]) for own in self.of]
        ).numpy()
        return pooled

    def _runs(self) -> list[NDArray[np.int64]]:
        """Return the chunks in runs of like length."""
        order = np.argsort(self.lengths, kind="stable")
        return [order[first : first + _RUN] for first in range(0, len(order), _RUN)]
