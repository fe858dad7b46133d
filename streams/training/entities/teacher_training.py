"""Train a teacher on gold text, and on silver text if there is any."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from streams.enrich.entities.taggers.wordpieces import WordPieces
from streams.training.entities.gold import Gold
from streams.training.entities.losses import tag_losses
from streams.training.entities.teacher import Teacher, encoder_folder
from streams.training.entities.teacher_batches import IGNORED, Batch, Batches, mix_batches
from streams.training.entities.texts import Silver

log = logging.getLogger(__name__)

PEAK, LATER_PEAK = 4e-4, 2e-4
"""Highest learning rate of a new teacher, and of a teacher that starts with the weights of another."""

ROUNDED = 1 / 3
"""Share of the steps, the last ones, in which a small teacher's weights are as short as the shipped ones."""

LOG_STEPS = 20


def train(
    teacher: Teacher,
    documents: Sequence[Gold],
    checkpoint: Path,
    *,
    peak: float,
    fresh_peak: float | None = None,
    silver: Sequence[Silver] = (),
    epochs: float,
    seed: int,
    short_floats: bool = False,
    batch: int = 8,
) -> Teacher:
    """Train `teacher` on `documents` for `epochs`, which may be a fraction, and return it.

    Save it in `checkpoint` after every epoch, and resume from there. The `silver` texts are read once over
    all epochs. The learning rate rises over the first tenth of the steps and falls to zero at the end. Its
    highest value is `peak`, or `fresh_peak` for the parameters that no encoder contains. With `short_floats`
    train in 16 bits, which is more than twice as fast on processors that multiply them.
    """
    torch.manual_seed(seed)
    word_pieces = WordPieces(encoder_folder() / "vocab.txt")
    kinds = [Batches(documents, word_pieces, batch, seed, tweet_turns=teacher.tweet_turns)]
    if silver:
        kinds.append(Batches(silver, word_pieces, batch, seed, parts=math.ceil(epochs)))
    per_epoch = sum(1 for _ in mix_batches(kinds, 0, seed))
    training = _Training(teacher, round(per_epoch * epochs), peak, fresh_peak, short_floats)
    for epoch in range(training.resume(checkpoint), math.ceil(epochs)):
        training.run_epoch(epoch, mix_batches(kinds, epoch, seed))
        training.save(checkpoint, epoch + 1)
    return teacher.eval()


class _Training:
    """A teacher with its optimiser and its schedule of `steps` steps."""

    def __init__(
        self, teacher: Teacher, steps: int, peak: float, fresh_peak: float | None, short_floats: bool
    ) -> None:
        self.teacher = teacher
        self.steps = steps
        self.step = 0
        self.short_floats = short_floats
        learning = {name: weight for name, weight in teacher.named_parameters() if weight.requires_grad}
        self.weights = list(learning.values())
        self.optimiser = torch.optim.AdamW(
            [
                {
                    "params": [weight],
                    "weight_decay": 0.01 if weight.ndim > 1 else 0.0,
                    "lr": fresh_peak if fresh_peak and name in teacher.fresh else peak,
                }
                for name, weight in learning.items()
            ],
            fused=True,
        )
        warm = max(1, steps // 10)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimiser, lambda step: min((step + 1) / warm, max(0.0, (steps - step) / (steps - warm)))
        )

    def resume(self, checkpoint: Path) -> int:
        """Load `checkpoint` if it exists, and return the number of epochs that are done."""
        if not checkpoint.exists():
            return 0
        state = torch.load(checkpoint, weights_only=True)
        self.teacher.load_state_dict(state["teacher"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.schedule.load_state_dict(state["schedule"])
        self.step = self.schedule.last_epoch
        epochs: int = state["epochs"]
        return epochs

    def run_epoch(self, epoch: int, batches: Iterable[Batch]) -> None:
        """Learn from `batches`, up to the last step."""
        self.teacher.train()
        started, total = time.monotonic(), 0.0
        for done, batch in enumerate(islice(batches, self.steps - self.step), 1):
            total += self._learn(batch)
            if done % LOG_STEPS == 0:
                pace = (time.monotonic() - started) / done
                log.info("teacher epoch %d step %d of %d, %.2f s a step, loss %.4f",
                         epoch, self.step, self.steps, pace, total / LOG_STEPS)  # fmt: skip
                total = 0.0

    def _learn(self, batch: Batch) -> float:
        """Take one step, and return the loss before it."""
        if self.teacher.is_shipped and self.step >= self.steps * (1 - ROUNDED):
            self.teacher.round_weights()
        with torch.autocast("cpu", torch.bfloat16, enabled=self.short_floats):
            logits = self.teacher(batch.ids, batch.cases)
        loss = _loss(logits.float(), batch)
        self.optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.weights, 1.0)
        self.optimiser.step()
        self.schedule.step()
        self.step += 1
        return loss.item()

    def save(self, checkpoint: Path, epochs: int) -> None:
        """Write `checkpoint` after `epochs` epochs, in one step."""
        part = checkpoint.with_suffix(".part")
        torch.save(
            {
                "teacher": self.teacher.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "schedule": self.schedule.state_dict(),
                "epochs": epochs,
            },
            part,
        )
        part.replace(checkpoint)


def _loss(logits: Tensor, batch: Batch) -> Tensor:
    """Return the mean loss over the first pieces of tokens."""
    kept = batch.wanted != IGNORED
    wanted = batch.wanted[kept]
    if batch.probabilities is None:
        return tag_losses(logits[kept], wanted, batch.has_misc[kept]).mean()
    return functional.cross_entropy(logits[kept], batch.probabilities[wanted].float())
