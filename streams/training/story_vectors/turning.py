"""Turn vectors so that articles of one story point the same way, as readers grouped them.

What is learned is a square matrix near the one that changes nothing: a linear metric, as in Xing et al.,
"Distance metric learning, with application to clustering with side-information" (2002).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from streams.stories.likeness import BIAS, WEIGHTS
from streams.training.story_vectors.bags import read_bag
from streams.training.story_vectors.lessons import Lesson
from streams.training.story_vectors.packing import Packed, pack, sums_of
from streams.training.story_vectors.targets import Matrix, unit

STEPS = 200
RATE = 0.003
PULL = 0.002
"""Weight of the squared distance of the matrix from the one that changes nothing."""


class Turn(NamedTuple):
    """A `matrix` [width, width] that vectors are multiplied with, and the mean that is taken off then."""

    matrix: Matrix
    mean: Matrix


class Turner(nn.Module):
    """Turns the vectors of articles, and says how much each likeness counts for two being of one story."""

    def __init__(self, mean: Matrix) -> None:
        super().__init__()
        self.matrix = nn.Parameter(torch.eye(len(mean)))
        self.register_buffer("mean", torch.from_numpy(mean.copy()))
        self.likenesses = nn.Parameter(torch.tensor([*WEIGHTS, BIAS], dtype=torch.float32))

    def forward(self, vectors: Tensor) -> Tensor:
        """Return the turned unit vectors of articles."""
        turned = functional.normalize(vectors @ self.matrix, dim=1)
        return functional.normalize(turned - self.mean @ self.matrix, dim=1)

    def loss(
        self, vectors: Tensor, firsts: Tensor, seconds: Tensor, likenesses: Tensor, same: Tensor
    ) -> Tensor:
        """Return the mean logistic loss of pairs of articles, and how far the matrix has been turned.

        The pairs are rows of `vectors`; `same` is 1 for those of one story.
        """
        turned = self(vectors)
        cosines = (turned[firsts] * turned[seconds]).sum(1)
        *weights, own, bias = self.likenesses
        logits = likenesses @ torch.stack(weights) + cosines * own + bias
        lost = functional.binary_cross_entropy_with_logits(logits, same)
        moved = self.matrix - torch.eye(len(self.matrix))
        return lost + PULL * moved.square().sum()


def learn_turn(vectors: Matrix, mean: Matrix, lessons: Sequence[Lesson]) -> Turn:
    """Return the turn that `lessons` teach. It is the same each time.

    `vectors` has a row for each article of the lessons, in their order, from which `mean` has not been taken.
    """
    turner = Turner(mean)
    rows = torch.from_numpy(unit(vectors))
    starts = np.cumsum([0, *(len(lesson.articles) for lesson in lessons)])
    firsts, seconds = (
        torch.from_numpy(
            np.concatenate(
                [
                    start + lesson.counts.nonzero()[axis]
                    for start, lesson in zip(starts, lessons, strict=False)
                ]
            )
        )
        for axis in (0, 1)
    )
    likenesses = torch.from_numpy(np.concatenate([one.likenesses[one.counts] for one in lessons]))
    same = torch.from_numpy(np.concatenate([one.is_same[one.counts] for one in lessons])).float()
    optimiser = torch.optim.Adam(turner.parameters(), lr=RATE)
    for _ in range(STEPS):
        loss = turner.loss(rows, firsts, seconds, likenesses, same)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    matrix: Matrix = turner.matrix.detach().numpy()
    return Turn(matrix, mean @ matrix)


def turned(packed: Packed, lessons: Sequence[Lesson]) -> Packed:
    """Return the vectors of `packed` as `lessons` turn them."""
    articles = [one.article for lesson in lessons for one in lesson.articles]
    bags = [read_bag(packed.hashes, article.headline or "", article.text) for article in articles]
    turn = learn_turn(sums_of(packed, bags), packed.mean, lessons)
    return pack(
        packed.hashes,
        packed.matrix.astype(np.float32) @ turn.matrix,
        packed.zones.astype(np.float32),
        turn.mean,
    )
