"""Train the encoder on what a larger one finds alike, and on what readers grouped. It keeps no checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from streams.stories.likeness import ENCODED_BIAS, ENCODED_WEIGHTS
from streams.training.onnx_encoder import State
from streams.training.story_encoder.export import Projection
from streams.training.story_encoder.teacher import SentenceEncoder, as_batch
from streams.training.story_vectors.lessons import Lesson
from streams.training.story_vectors.student import similarity_loss
from streams.training.story_vectors.targets import Matrix, draw_neighbourhoods, nearest

NEIGHBOURS = 40
SEEDS, SIZE = 4, 12
"""Neighbourhoods of a step; articles of each, which are drawn from the nearest ones of its first."""

RATES = (6e-5, 2e-3, 5e-3)
"""Highest learning rates of the encoder, the projection, and the weights of the likenesses."""

RISING = 0.1
"""Share of the steps in which the learning rates rise."""

TAUGHT = 20.0
"""Weight of the larger encoder's similarities beside the readers' stories."""

PAIRS = 30.0
"""The divisor of the loss of a lesson, which is a sum over pairs."""

LONGEST_GRADIENT = 1.0

SAID = 20
"""Steps between two lines of progress."""


class Texts(NamedTuple):
    """The word pieces of articles by their ids, and the larger encoder's unit vectors of the `names`."""

    pieces: dict[str, list[int]]
    names: list[str]
    taught: Matrix


class Learner(nn.Module):
    """An encoder, its projection, and how much each likeness counts for two articles being of one story."""

    def __init__(self, encoder: SentenceEncoder, projection: Projection) -> None:
        super().__init__()
        self.encoder = encoder
        encoder.words.requires_grad_(False)
        encoder.positions.requires_grad_(False)
        largest = float(np.abs(projection.weight).max())
        self.weight = nn.Parameter(torch.from_numpy(projection.weight / largest))
        self.bias = nn.Parameter(torch.from_numpy(projection.bias / largest))
        self.likenesses = nn.Parameter(torch.tensor([*ENCODED_WEIGHTS, ENCODED_BIAS], dtype=torch.float32))

    def forward(self, ids: Tensor) -> Tensor:
        """Return the unit vectors of articles; the id 0 is padding."""
        directions = functional.normalize(self.encoder(ids), dim=1)
        return functional.normalize(functional.linear(directions, self.weight, self.bias), dim=1)

    def lesson_loss(self, vectors: Tensor, lesson: Lesson) -> Tensor:
        """Return the sum of the logistic losses of the pairs of `lesson`; its articles have these vectors."""
        *weights, own, bias = self.likenesses
        likenesses = torch.from_numpy(lesson.likenesses)
        logits = likenesses @ torch.stack(weights) + vectors @ vectors.T * own + bias
        counts = torch.from_numpy(lesson.counts)
        return functional.binary_cross_entropy_with_logits(
            logits[counts], torch.from_numpy(lesson.is_same)[counts].float(), reduction="sum"
        )

    def projection(self) -> Projection:
        """Return the projection as it was learned."""
        return Projection(self.weight.detach().numpy(), self.bias.detach().numpy())

    def state(self) -> State:
        """Return the weights of the encoder by their names in torch."""
        return {name: weight.numpy() for name, weight in self.encoder.state_dict().items()}


def train(
    learner: Learner,
    texts: Texts,
    lessons: Sequence[Lesson],
    *,
    seed: int,
    steps: int,
    say: Callable[[str], None],
) -> None:
    """Train `learner` on the `texts`, as the larger encoder sees them, and on the `lessons`.

    Each step has two lessons, of which one has a story of several articles.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    neighbours = nearest(texts.taught, NEIGHBOURS)
    telling = [one for one in lessons if (one.is_same & one.counts).any()] or lessons
    encoder = [weight for weight in learner.encoder.parameters() if weight.requires_grad]
    groups = [encoder, [learner.weight, learner.bias], [learner.likenesses]]
    optimiser = torch.optim.AdamW([{"params": group} for group in groups], weight_decay=0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, list(RATES), total_steps=steps, pct_start=RISING
    )
    learner.train()
    for step in range(1, steps + 1):
        drawn = draw_neighbourhoods(neighbours, rng, seeds=SEEDS, size=SIZE)
        chosen = [pool[int(rng.integers(len(pool)))] for pool in (telling, lessons)]
        loss = _loss(learner, texts, drawn, chosen)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(encoder, LONGEST_GRADIENT)
        optimiser.step()
        schedule.step()
        if step % SAID == 0 or step == steps:
            say(f"step {step} of {steps}, loss {loss.item():.4f}")
    learner.eval()


def _loss(learner: Learner, texts: Texts, drawn: np.ndarray, lessons: Sequence[Lesson]) -> Tensor:
    numbers = drawn.ravel()
    names = [texts.names[number] for number in numbers.tolist()]
    names += [one.article.article_id for lesson in lessons for one in lesson.articles]
    vectors: Tensor = learner(as_batch([texts.pieces[name] for name in names]))
    taught = torch.from_numpy(texts.taught[numbers])
    loss = TAUGHT * similarity_loss(vectors[: len(numbers)], taught, torch.from_numpy(drawn))
    ends = np.cumsum([len(numbers), *(len(lesson.articles) for lesson in lessons)]).tolist()
    for lesson, (first, last) in zip(lessons, pairwise(ends), strict=True):
        loss = loss + learner.lesson_loss(vectors[first:last], lesson) / PAIRS
    return loss
