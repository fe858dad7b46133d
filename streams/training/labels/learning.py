"""Train the student epoch by epoch, with a checkpoint after each: an interrupted training goes on from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from streams.training.labels.batches import Batch, Example, count_batches, epoch_batches, make_batch
from streams.training.labels.student import Student
from streams.training.labels.vocabulary import Vocabulary

PEAK, WARM, LEAST = 3e-3, 0.05, 0.02
"""Highest learning rate; share of the steps up to it; least share of it at the end."""

WEIGHT_DECAY = 0.02
"""Of all weights but the embeddings of spellings."""

SPARSITY = 0.0005
"""Weight of the sum of all contributions in the loss, so that few words contribute."""

SMOOTHING = 0.03
RAREST = 3.0
"""Largest weight of a label that holds: labels weigh more by the root of their rarity."""

PREDICTED = 64


class OtherTraining(Exception):
    """The checkpoint comes from another training."""


@dataclass(frozen=True)
class Setup:
    """What makes a training: with the same setup it ends with the same weights."""

    seed: int
    epochs: int
    texts: str


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
        self.done = self._resume()

    def _resume(self) -> int:
        """Load the checkpoint if it exists, and return the number of epochs that are done."""
        if not self._checkpoint.exists():
            return 0
        state = torch.load(self._checkpoint, weights_only=True)
        if state["setup"] != vars(self._setup):
            changed = [name for name, value in vars(self._setup).items() if state["setup"].get(name) != value]
            raise OtherTraining(
                f"{self._checkpoint} comes from a training with other {' and '.join(changed)}; delete it to "
                "start again, or name another folder with --work"
            )
        self.student.load_state_dict(state["student"])
        self._optimiser.load_state_dict(state["optimiser"])
        epochs: int = state["epochs"]
        return epochs

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
        self._save()
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
        self._optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.student.parameters(), 1.0)
        self._optimiser.step()
        return float(loss.item())

    def _save(self) -> None:
        part = self._checkpoint.with_suffix(".part")
        state: dict[str, Any] = {
            "setup": vars(self._setup),
            "epochs": self.done,
            "student": self.student.state_dict(),
            "optimiser": self._optimiser.state_dict(),
        }
        torch.save(state, part)
        part.replace(self._checkpoint)


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
