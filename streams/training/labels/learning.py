"""Train the student epoch by epoch, with a checkpoint after each: an interrupted training goes on from it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from streams.training.labels.batches import (
    RAREST,
    TEACHING,
    Batch,
    Example,
    count_batches,
    epoch_batches,
    make_batch,
)
from streams.training.labels.checkpoints import Setup, load_checkpoint, save_checkpoint
from streams.training.labels.student import Student
from streams.training.labels.vocabulary import Vocabulary

PEAK, WARM, LEAST = 3e-3, 0.05, 0.02
"""Highest learning rate; share of the steps up to it; least share of it at the end."""

WEIGHT_DECAY = 0.02
"""Of all weights but the embeddings of spellings."""

SPARSITY = 0.0005
"""Weight of the sum of all contributions in the loss, so that few words contribute."""

SMOOTHING = 0.03
PREDICTED = 64


class Training:
    """A student with its optimiser and the examples that it learns from."""

    def __init__(
        self, examples: Sequence[Example], vocabulary: Vocabulary, setup: Setup, checkpoint: Path
    ) -> None:
        self._examples, self._setup, self._checkpoint = examples, setup, checkpoint
        targets = np.stack([example.targets * example.mask for example in examples])
        rarity = np.sqrt(len(examples) / np.maximum(targets.sum(0), 1)) / 2
        self._weights = torch.from_numpy(rarity.clip(1, RAREST).astype(np.float32))
        torch.manual_seed(setup.seed)
        self.student = Student(vocabulary, targets.shape[1])
        table = list(self.student.spelling.parameters())
        layers = [
            weight for name, weight in self.student.named_parameters() if not name.startswith("spelling.")
        ]
        self._optimiser = torch.optim.AdamW(
            [{"params": layers, "weight_decay": WEIGHT_DECAY}, {"params": table, "weight_decay": 0.0}],
            lr=PEAK,
        )
        self._steps = setup.epochs * count_batches(examples)
        self.done = load_checkpoint(checkpoint, setup, self.student, self._optimiser)

    def run_epoch(self) -> float:
        """Learn from all examples once, write the checkpoint, and return the mean loss."""
        # Each epoch draws from a seed of its own, so that a resumed training draws the same.
        rng = np.random.default_rng((self._setup.seed, self.done))
        torch.manual_seed(int(rng.integers(1 << 31)))
        self.student.train()
        losses = []
        for at, batch in enumerate(epoch_batches(self._examples, self.student.unknown, rng)):
            self._set_rate((self.done * count_batches(self._examples) + at) / self._steps)
            losses.append(self._learn(batch))
        self.done += 1
        save_checkpoint(self._checkpoint, self._setup, self.done, self.student, self._optimiser)
        return float(np.mean(losses))

    def _set_rate(self, progress: float) -> None:
        for group in self._optimiser.param_groups:
            group["lr"] = PEAK * min(1.0, progress / WARM) * max(LEAST, 1 - progress)

    def _learn(self, batch: Batch) -> float:
        """Take one step, and return the loss before it."""
        logits, contributions = self.student(*_inputs(batch))
        targets, mask = torch.from_numpy(batch.targets), torch.from_numpy(batch.mask)
        smoothed = targets * (1 - SMOOTHING) + SMOOTHING / 2
        losses = functional.binary_cross_entropy_with_logits(logits, smoothed, reduction="none")
        losses = losses * mask * (1 + targets * (self._weights - 1))
        loss = losses.sum() / mask.sum().clamp(min=1) + SPARSITY * contributions.abs().sum(1).mean()
        soft, told = torch.from_numpy(batch.soft), torch.from_numpy(batch.told)
        if told.any():
            losses = functional.binary_cross_entropy_with_logits(logits, soft, reduction="none")
            losses = losses * told[:, None] * (1 + soft * (self._weights - 1))
            loss = (1 - TEACHING) * loss + TEACHING * losses.mean(1).sum() / told.sum()
        self._optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.student.parameters(), 1.0)
        self._optimiser.step()
        return float(loss.item())


def predict(student: Student, examples: Sequence[Example]) -> NDArray[np.float32]:
    """Return the logits of the examples: [examples, labels]."""
    student.eval()
    with torch.inference_mode():
        parts = [
            student(*_inputs(make_batch(examples[first : first + PREDICTED], student.unknown)))[0]
            for first in range(0, len(examples), PREDICTED)
        ]
    logits: NDArray[np.float32] = torch.cat(parts).numpy()
    return logits


def _inputs(batch: Batch) -> list[Tensor]:
    arrays = (batch.rows, batch.kinds, batch.parts, batch.lengths, batch.phrases)
    return [torch.from_numpy(array) for array in arrays]
