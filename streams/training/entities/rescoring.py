"""Fit the rescoring of the compact tagger to the teacher's silver labels."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from streams.enrich.entities.taggers.bioes import TAGS, candidate_rows
from streams.enrich.entities.taggers.compact import CompactTagger
from streams.enrich.entities.taggers.rescoring import FEATURES, MARGIN, token_features
from streams.training.entities.texts import Silver

log = logging.getLogger(__name__)

WIDTH = 64
"""Hidden units."""

BATCH, EPOCHS, PEAK = 2048, 8, 2e-3


def blank() -> dict[str, NDArray[np.float32]]:
    """Return the weights of a rescoring that leaves the scores unchanged."""
    return {
        "look_weight0": np.zeros((FEATURES, WIDTH), np.float32),
        "look_bias0": np.zeros(WIDTH, np.float32),
        "look_weight1": np.zeros((WIDTH, len(TAGS)), np.float32),
        "look_bias1": np.zeros(len(TAGS), np.float32),
    }


def _examples(
    compact: CompactTagger, texts: Sequence[Silver]
) -> tuple[NDArray[np.float32], NDArray[np.float16]]:
    """Return the features and the teacher's probabilities of the tokens that are rescored."""
    features, wanted = [], []
    for text in texts:
        scores = compact.scores(text.forms)
        seen = candidate_rows(scores, MARGIN)
        if len(seen):
            features.append(token_features(text.forms, scores, seen))
            wanted.append(text.probabilities[seen])
    return np.concatenate(features), np.concatenate(wanted)


def fit(compact: CompactTagger, texts: Sequence[Silver], seed: int) -> dict[str, NDArray[np.float32]]:
    """Return the rescoring weights that bring the scores of `compact` closest to the silver `texts`."""
    torch.manual_seed(seed)
    features, wanted = _examples(compact, texts)
    x, y = torch.from_numpy(features), torch.from_numpy(wanted)
    mean, spread = x.mean(0), x.std(0) + 0.05
    inner, outer = nn.Linear(FEATURES, WIDTH), nn.Linear(WIDTH, len(TAGS))
    nn.init.zeros_(outer.weight)
    nn.init.zeros_(outer.bias)
    optimiser = torch.optim.AdamW([*inner.parameters(), *outer.parameters()], lr=PEAK, weight_decay=0.01)
    steps = EPOCHS * (len(x) // BATCH + 1)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / 50, 1 - step / steps)
    )
    for epoch in range(EPOCHS):
        total = 0.0
        for rows in torch.randperm(len(x)).split(BATCH):
            hidden = functional.dropout(functional.relu(inner((x[rows] - mean) / spread)), 0.1)
            logits = x[rows, : len(TAGS)] + outer(hidden)
            loss = functional.cross_entropy(logits, y[rows].float())
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.item() * len(rows)
        log.info("rescoring epoch %d: loss %.4f", epoch, total / len(x))
    with torch.no_grad():
        weight = inner.weight / spread
        return {
            "look_weight0": weight.T.contiguous().numpy(),
            "look_bias0": (inner.bias - weight @ mean).numpy(),
            "look_weight1": outer.weight.T.contiguous().numpy(),
            "look_bias1": outer.bias.numpy(),
        }
