"""Train the encoder epoch by epoch, with a checkpoint after each.

An interrupted training continues from the last one.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from streams.training.labels.checkpoints import Setup, load_checkpoint, save_checkpoint
from streams.training.labels.encoder import Described, Encoder, pool

PEAK, WARM = 8e-5, 0.06
"""Highest learning rate; share of the steps up to it. After it the rate falls to zero."""

HEAD_RATE = 5.0
"""The head is new: it learns so many times faster."""

WEIGHT_DECAY = 0.01
SMOOTHING = 0.04
RAREST = 4.0
"""Largest weight of a label that holds: labels weigh more by the root of their rarity."""

ARTICLES = 16
"""Articles of a step."""

FIRST_ALONE = 1 / 3
"""Share of the times that an article is represented by its first chunk alone."""

LENGTH_NOISE = 80


class EncoderTraining:
    """An encoder with its optimiser and the articles that it learns from.

    `targets` is 1 where a label holds and `mask` is 1 where the reader was sure: [articles, labels].
    """

    def __init__(
        self,
        encoder: Encoder,
        articles: Described,
        targets: NDArray[np.float32],
        mask: NDArray[np.float32],
        setup: Setup,
        checkpoint: Path,
    ) -> None:
        self.encoder, self._articles, self._targets, self._mask = encoder, articles, targets, mask
        self._setup, self._checkpoint = setup, checkpoint
        rarity = np.sqrt(len(targets) / np.maximum((targets * mask).sum(0), 1)) / 2
        self._weights = torch.from_numpy(rarity.clip(1, RAREST).astype(np.float32))
        layers = [
            weight
            for name, weight in encoder.named_parameters()
            if weight.requires_grad and not name.startswith("head.")
        ]
        self._optimiser = torch.optim.AdamW(
            [
                {"params": layers, "times": 1.0},
                {"params": list(encoder.head.parameters()), "times": HEAD_RATE},
            ],
            lr=PEAK,
            weight_decay=WEIGHT_DECAY,
        )
        self._steps = len(targets) // ARTICLES
        self.done = load_checkpoint(checkpoint, setup, encoder, self._optimiser)

    def run_epoch(self, progress: Callable[[int, int, float], None]) -> float:
        """Learn from all articles once, write the checkpoint, and return the mean loss.

        Tell `progress` the step, the number of steps, and the mean loss so far.
        """
        rng = np.random.default_rng((self._setup.seed, self.done))
        torch.manual_seed(int(rng.integers(1 << 31)))
        self.encoder.train()
        losses: list[float] = []
        for own in self._batches(rng):
            self._set_rate((self.done * self._steps + len(losses)) / (self._setup.epochs * self._steps))
            losses.append(self._learn(own, rng))
            progress(len(losses), self._steps, float(np.mean(losses)))
        self.done += 1
        save_checkpoint(self._checkpoint, self._setup, self.done, self.encoder, self._optimiser)
        return float(np.mean(losses))

    def _batches(self, rng: np.random.Generator) -> list[NDArray[np.int64]]:
        """Return the numbers of all articles in a random order of batches of like length."""
        order = rng.permutation(len(self._targets))
        lengths = [self._articles.lengths[list(self._articles.of[at][:2])].sum() for at in order.tolist()]
        blurred = np.array(lengths) + rng.integers(0, LENGTH_NOISE, len(order))
        order = order[np.argsort(blurred, kind="stable")]
        batches = [order[step * ARTICLES : (step + 1) * ARTICLES] for step in range(self._steps)]
        return [batches[at] for at in rng.permutation(self._steps).tolist()]

    def _set_rate(self, progress: float) -> None:
        share = progress / WARM if progress < WARM else (1 - progress) / (1 - WARM)
        for group in self._optimiser.param_groups:
            group["lr"] = PEAK * group["times"] * share

    def _learn(self, own: NDArray[np.int64], rng: np.random.Generator) -> float:
        """Take one step on these articles, and return the loss before it."""
        drawn = [self._draw(self._articles.of[at], rng) for at in own.tolist()]
        owners = torch.tensor([article for article, taken in enumerate(drawn) for _ in taken])
        batch = self._articles.batch(np.array([*chain.from_iterable(drawn)], np.int64))
        logits = pool(self.encoder(*batch), owners, len(own))
        targets, mask = torch.from_numpy(self._targets[own]), torch.from_numpy(self._mask[own])
        smoothed = targets * (1 - SMOOTHING) + SMOOTHING / 2
        losses = functional.binary_cross_entropy_with_logits(logits, smoothed, reduction="none")
        loss = (losses * mask * (1 + targets * (self._weights - 1))).sum() / mask.sum().clamp(min=1)
        self._optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.encoder.parameters(), 1.0)
        self._optimiser.step()
        return float(loss.item())

    @staticmethod
    def _draw(chunks: range, rng: np.random.Generator) -> list[int]:
        """Return the first chunk of an article, and mostly another one."""
        if len(chunks) == 1 or rng.random() < FIRST_ALONE:
            return [chunks[0]]
        return [chunks[0], chunks[int(rng.integers(1, len(chunks)))]]
