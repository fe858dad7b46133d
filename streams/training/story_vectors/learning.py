"""Train students on neighbourhoods of passages. It takes some minutes and keeps no checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch

from streams.stories.terms import Hashes
from streams.training.story_vectors.bags import Bag, join_bags
from streams.training.story_vectors.packing import Packed, pack
from streams.training.story_vectors.student import Student, similarity_loss
from streams.training.story_vectors.targets import Matrix, Numbers, draw_neighbourhoods, nearest

NEIGHBOURS = 40
SEEDS, SIZE = 16, 24
"""Neighbourhoods of a step; passages of each, which are drawn from the nearest ones of its first."""

RATE = 0.01
"""Highest learning rate, of one cycle over all steps."""

DROPPED = 0.25
"""Share of the words that a step leaves out."""

PULL = 0.01
"""Weight of the squared distance of the words from where they started: rare words would stray."""

SAID = 100
"""Steps between two lines of progress."""


def train(
    bags: Sequence[Bag],
    taught: Matrix,
    hashes: Hashes,
    start: Matrix,
    *,
    seed: int,
    steps: int,
    students: int,
    say: Callable[[str], None],
) -> Packed:
    """Return the vectors of the words with these `hashes`, as students have learned them from `start` on.

    `taught` has the teacher's unit vector of each of `bags`. The students differ in their seeds, and the
    vectors are the mean of theirs: they began at the same place, so their numbers mean the same.
    """
    neighbours = nearest(taught, NEIGHBOURS)
    learned = [
        _learn(bags, taught, neighbours, start, seed=seed + number, steps=steps, say=say)
        for number in range(students)
    ]
    words, zones, mean = (np.mean(arrays, axis=0) for arrays in zip(*learned, strict=True))
    return pack(hashes, words, np.exp(zones), mean)


def _learn(
    bags: Sequence[Bag],
    taught: Matrix,
    neighbours: Numbers,
    start: Matrix,
    *,
    seed: int,
    steps: int,
    say: Callable[[str], None],
) -> list[Matrix]:
    """Return the words of a student, the logarithms of its zones, and its mean."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    student = Student(start)
    first = student.words.detach().clone()
    optimiser = torch.optim.Adam(student.parameters(), lr=RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    for step in range(1, steps + 1):
        drawn = draw_neighbourhoods(neighbours, rng, seeds=SEEDS, size=SIZE)
        numbers = drawn.ravel()
        vectors = student(join_bags([bags[number] for number in numbers.tolist()]), DROPPED)
        loss = similarity_loss(vectors, torch.from_numpy(taught[numbers]), torch.from_numpy(drawn))
        loss = loss + PULL * ((student.words - first) ** 2).sum(1).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % SAID == 0 or step == steps:
            say(f"step {step} of {steps}, loss {loss.item():.4f}")
    return [values.detach().numpy() for values in (student.words, student.zones, student.mean)]
