"""The student: a vector for each word, a weight for each zone, and the mean of all articles."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from streams.training.story_vectors.bags import Batch
from streams.training.story_vectors.start import FIRST_ZONES

LOCAL = 3.0
"""Weight of the similarities within a neighbourhood in the loss."""

CLOSE = 4.0
"""Added to the weight of a pair, times the teacher's similarity: close pairs count most."""


class Student(nn.Module):
    """Bags of words in, unit vectors out."""

    def __init__(self, vectors: NDArray[np.float32]) -> None:
        super().__init__()
        self.words = nn.Parameter(torch.from_numpy(vectors.copy()))
        self.zones = nn.Parameter(torch.tensor(FIRST_ZONES).log())
        self.mean = nn.Parameter(torch.zeros(vectors.shape[1]))

    def forward(self, batch: Batch, dropped: float = 0.0) -> Tensor:
        """Return a vector for each bag; leave out each word with the probability `dropped`."""
        weights = torch.from_numpy(batch.weights) * self.zones.exp()[torch.from_numpy(batch.zones)]
        if dropped:
            weights = weights * (torch.rand_like(weights) > dropped)
        sums = functional.embedding_bag(
            torch.from_numpy(batch.rows),
            self.words,
            torch.from_numpy(batch.starts),
            mode="sum",
            per_sample_weights=weights,
        )
        return functional.normalize(functional.normalize(sums, dim=1) - self.mean, dim=1)


def similarity_loss(vectors: Tensor, taught: Tensor, drawn: Tensor) -> Tensor:
    """Return how far the similarities of `vectors` are from those of `taught`.

    `drawn` has the numbers of the passages, [neighbourhoods, size], in the order of the rows; a passage that
    was drawn twice is not compared with itself. Within a neighbourhood, only the differences from its mean
    similarity count: stories differ from each other by these.
    """
    numbers = drawn.flatten()
    ours, theirs = vectors @ vectors.T, taught @ taught.T
    differ = numbers[:, None] != numbers[None, :]
    errors = (1 + CLOSE * theirs.clamp(min=0)) * (ours - theirs) ** 2
    return errors[differ].mean() + LOCAL * _local_loss(vectors, taught, drawn)


def _local_loss(vectors: Tensor, taught: Tensor, drawn: Tensor) -> Tensor:
    count, size = drawn.shape
    ours, theirs = (rows.view(count, size, -1) for rows in (vectors, taught))
    others = 1 - torch.eye(size)
    pairs = max(size * (size - 1), 1)
    errors = (ours @ ours.transpose(1, 2) - theirs @ theirs.transpose(1, 2)) * others
    errors = (errors - errors.sum((1, 2), keepdim=True) / pairs) * others
    return (errors**2).sum() / (count * pairs)
