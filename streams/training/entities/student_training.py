"""Train a student on gold tags and on the teacher's silver labels, and fit its gate."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, count, islice
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel

from streams.enrich.entities.taggers.compact import REACH, WINDOWS
from streams.training.entities.gold import Gold
from streams.training.entities.lists import NameClasses
from streams.training.entities.losses import tag_losses
from streams.training.entities.student import Student
from streams.training.entities.student_batches import Batch, batches_of, choose_stretches, mix_batches
from streams.training.entities.texts import Silver
from streams.training.entities.vectors import Vectors

log = logging.getLogger(__name__)

GOLD_TURNS = 2
"""Times that an epoch reads the gold text, because there is much less of it."""

PEAK, LATER_PEAK = 2e-3, 1e-3
"""Highest learning rate of a new student, and of a student that starts with the weights of another."""

AVERAGED, EVERY = 0.15, 10
"""Share of the steps, the last ones, whose weights are averaged, and the interval of the steps that count."""

LOG_STEPS = 200


def train(
    gold: Sequence[Gold],
    silver: Sequence[Silver],
    vectors: Vectors,
    classes: NameClasses,
    *,
    epochs: float,
    seed: int,
    start: Mapping[str, NDArray[Any]] | None = None,
) -> Student:
    """Train a student, which reads `gold` `GOLD_TURNS` times and `silver` once an epoch, and return it.

    Its weights are the average of those of the last steps (Izmailov et al. 2018). If it starts with `start`,
    the weights of a packed student, they end halfway between the two.
    """
    torch.manual_seed(seed)
    gold = [*gold] * GOLD_TURNS
    student = Student(vectors, classes)
    if start:
        student.unpack(start)
    per_epoch = sum(
        1 for texts in (gold, silver) for _ in choose_stretches(texts, np.random.default_rng(seed))
    )
    training = _Training(student, round(epochs * per_epoch), LATER_PEAK if start else PEAK)
    training.run(chain.from_iterable(mix_batches(gold, silver, (seed, epoch)) for epoch in count()))
    student.load_state_dict(training.averaged.module.state_dict())
    if start:
        before = Student(vectors, classes)
        before.unpack(start)
        with torch.no_grad():
            for weight, own in zip(student.parameters(), before.parameters(), strict=True):
                weight.lerp_(own, 0.5)
    return student.eval()


class _Training:
    """A student with its optimisers, their schedules of `steps` steps, and its averaged weights."""

    def __init__(self, student: Student, steps: int, peak: float) -> None:
        self.student = student
        self.steps = steps
        self.averaged = AveragedModel(student)
        table = list(student.traits.parameters())
        layers = [*student.windows.parameters(), *student.tags.parameters()]
        self.optimisers = [
            torch.optim.SparseAdam(table, lr=peak),
            torch.optim.Adam(layers, lr=peak, fused=True),
        ]
        self.schedules = [
            torch.optim.lr_scheduler.LambdaLR(
                optimiser, lambda step: min((step + 1) / 200, max(0.01, 1 - step / steps))
            )
            for optimiser in self.optimisers
        ]

    def run(self, batches: Iterable[Batch]) -> None:
        """Learn from the first batches, one a step, and average the weights of the last steps."""
        self.student.train()
        total, started = 0.0, time.monotonic()
        for step, batch in enumerate(islice(batches, self.steps), 1):
            total += self._learn(batch)
            if (step > self.steps * (1 - AVERAGED) and step % EVERY == 0) or step == self.steps:
                self.averaged.update_parameters(self.student)
            if step % LOG_STEPS == 0:
                pace = (time.monotonic() - started) / step
                log.info("student step %d of %d, %.3f s a step, loss %.4f",
                         step, self.steps, pace, total / LOG_STEPS)  # fmt: skip
                total = 0.0

    def _learn(self, batch: Batch) -> float:
        """Take one step, and return the loss before it."""
        loss = _loss(self.student(batch.forms, batch.kept), batch)
        for optimiser in self.optimisers:
            optimiser.zero_grad()
        loss.backward()
        for optimiser, schedule in zip(self.optimisers, self.schedules, strict=True):
            optimiser.step()
            schedule.step()
        return loss.item()


def _loss(logits: Tensor, batch: Batch) -> Tensor:
    """Return the weighted mean of the losses of the rows."""
    if batch.tags is not None and batch.has_misc is not None:
        losses = tag_losses(logits, batch.tags, batch.has_misc)
    else:
        losses = functional.cross_entropy(logits, batch.probabilities, reduction="none")
    return (losses * batch.weight).sum() / batch.weight.sum()


def fit_gate(student: Student, documents: Sequence[Gold], seed: int) -> tuple[NDArray[np.float32], float]:
    """Return the weights and the bias of a linear gate on the first layer.

    The gate passes the tokens that the student would give another tag than O: a logistic regression on the
    student's own tags of `documents`. The bias stops at most one in a thousand of the tokens that it tags.
    """
    x, y = _gate_examples(student, documents, seed)
    gate = nn.Linear(x.shape[1], 1)
    optimiser = torch.optim.LBFGS(gate.parameters(), max_iter=60, line_search_fn="strong_wolfe")
    more_weight = torch.tensor(5.0)  # to stop a token of a name is worse than to pass another

    def loss() -> Tensor:
        optimiser.zero_grad()
        value = functional.binary_cross_entropy_with_logits(gate(x)[:, 0], y.float(), pos_weight=more_weight)
        value = value + 1e-4 * gate.weight.square().sum()
        value.backward()
        return value

    optimiser.step(loss)
    weight = gate.weight[0].detach()
    threshold = torch.quantile((x @ weight)[y][:1_000_000], 0.001)
    log.info("gate: %.1f %% of tokens pass, %.1f %% are tagged",
             100 * (x @ weight > threshold).float().mean(), 100 * y.float().mean())  # fmt: skip
    return weight.numpy(), -float(threshold)


def _gate_examples(student: Student, documents: Sequence[Gold], seed: int) -> tuple[Tensor, Tensor]:
    """Return the first layer's output for the tokens of `documents`, and True for those that are tagged."""
    rows, tagged = [], []
    inner = REACH - WINDOWS[0] // 2
    with torch.no_grad():
        for batch in batches_of(documents, (seed, 0)):
            rows.append(student.first_layer(batch.forms)[inner:-inner])
            tagged.append(student(batch.forms).softmax(1)[:, 0] < 0.5)
    return torch.cat(rows), torch.cat(tagged)
