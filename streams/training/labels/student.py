"""The student: an additive network in torch, whose score for a label is a sum over words.

Each word has a static vector and an embedding of its spelling. Two window layers read it with its neighbours
and with the kinds of entities that are named there (Collobert et al. 2011), and give its contribution to each
label. Small contributions become zero. The article as a whole scales the contributions of a label by a gate,
and adds a direct part. The logit is bias + slope * spread(sum of the contributions and the direct part)
+ alpha * spread(raw score of the phrases), where spread is the labeller's own scale.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from streams.enrich.labels.words import KINDS
from streams.training.labels.vocabulary import SPELLINGS, Vocabulary

SPELLING = 32
FIRST, SECOND, CONTEXT = 96, 64, 32
"""Widths of the spellings, of the two window layers, and of the layer that reads the article as a whole."""

FIRST_WINDOW, SECOND_WINDOW = 7, 3
"""Words that each window layer sees of the layer below."""

DROPOUT, FORGOTTEN = 0.25, 0.1
"""Shares of values, and of words, that are left out in training."""

DAMPING_WORDS = 20
"""The contributions of longer texts weigh less."""


class Student(nn.Module):
    """From words to a logit for each label, and the contributions of the words to it."""

    vectors: Tensor
    spellings: Tensor

    def __init__(self, vocabulary: Vocabulary, labels: int) -> None:
        super().__init__()
        self.unknown = vocabulary.unknown
        # Frozen, and made from the texts: a checkpoint does not need them.
        self.register_buffer("vectors", torch.from_numpy(vocabulary.vectors), persistent=False)
        self.register_buffer("spellings", torch.from_numpy(vocabulary.spellings), persistent=False)
        self.spelling = nn.Embedding(SPELLINGS, SPELLING, padding_idx=0)
        nn.init.normal_(self.spelling.weight, std=0.05)
        below = vocabulary.vectors.shape[1] + SPELLING
        self.first = nn.Linear(below, FIRST * FIRST_WINDOW, bias=False)
        self.first_bias = nn.Parameter(torch.zeros(FIRST))
        self.named = nn.Embedding(KINDS, FIRST * FIRST_WINDOW)
        nn.init.zeros_(self.named.weight)
        self.second = nn.Linear(FIRST * SECOND_WINDOW, SECOND)
        self.out = nn.Linear(SECOND, labels, bias=False)
        self.least = nn.Parameter(torch.full((labels,), 0.03))
        self.context = nn.Linear(2 * SECOND, CONTEXT)
        self.gate = nn.Linear(CONTEXT, labels)
        self.direct = nn.Linear(CONTEXT, labels)
        self.part = nn.Parameter(torch.tensor([0.7, 0.3, 0.0]))  # headline, lead, body: logarithms
        self.damping = nn.Parameter(torch.tensor(0.0))
        self.bias = nn.Parameter(torch.full((labels,), -2.5))
        self.slope = nn.Parameter(torch.full((labels,), 2.0))
        self.alpha = nn.Parameter(torch.full((labels,), -0.5))  # logarithms
        self.dropout = nn.Dropout(DROPOUT)
        with torch.no_grad():
            self.spelling.weight[0] = 0

    def forward(
        self, rows: Tensor, kinds: Tensor, parts: Tensor, lengths: Tensor, phrases: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return logits [texts, labels] and contributions [texts, words, labels], before damping and gate."""
        real = (torch.arange(rows.shape[1])[None] < lengths[:, None]).float()[..., None]
        hidden = self._second_layer(self._first_layer(rows, kinds, real)) * real
        words = lengths.float().clamp(min=1)[:, None]
        whole = torch.cat([hidden.sum(1) / words, hidden.max(1).values], -1)
        context = self.dropout(functional.relu(self.context(whole)))
        contributions = self.out(self.dropout(hidden))
        above = functional.relu(contributions.abs() - functional.relu(self.least))
        contributions = contributions.sign() * above * self.part.exp()[parts][..., None] * real
        damping = (DAMPING_WORDS / (DAMPING_WORDS + words)) ** torch.sigmoid(self.damping)
        gate = 2 * torch.sigmoid(self.gate(context))
        raw = contributions.sum(1) * damping * gate + self.direct(context)
        logits = self.bias + self.slope * spread(raw) + self.alpha.exp() * spread(phrases)
        return logits, contributions

    def _first_layer(self, rows: Tensor, kinds: Tensor, real: Tensor) -> Tensor:
        """Return the first layer's output for each word; each distinct word is multiplied once."""
        if self.training:
            forgotten = torch.rand(rows.shape) < FORGOTTEN
            rows = torch.where(forgotten, torch.full_like(rows, self.unknown), rows)
        distinct, places = torch.unique(rows, return_inverse=True)
        described = torch.cat([self.vectors[distinct], self.spelling(self.spellings[distinct])], -1)
        share = self.first(self.dropout(described))[places] + self.named(kinds)
        share = share.view(*rows.shape, FIRST_WINDOW, FIRST) * real[..., None]
        reach, words = FIRST_WINDOW // 2, rows.shape[1]
        padded = functional.pad(share, (0, 0, 0, 0, reach, reach))
        summed = sum((padded[:, at : at + words, at] for at in range(FIRST_WINDOW)), self.first_bias)
        return self.dropout(functional.relu(summed) * real)

    def _second_layer(self, first: Tensor) -> Tensor:
        reach, words = SECOND_WINDOW // 2, first.shape[1]
        padded = functional.pad(first, (0, 0, reach, reach))
        beside = torch.cat([padded[:, at : at + words] for at in range(SECOND_WINDOW)], -1)
        return functional.relu(self.second(beside))


def spread(raw: Tensor) -> Tensor:
    """Return the scores on the scale of `streams.enrich.labels.scoring.spread`."""
    return raw.sign() * raw.abs().log1p()
