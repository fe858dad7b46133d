"""The student: the compact tagger's network in torch, trained on gold tags and on the teacher's opinion."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from streams.enrich.entities.bioes import TAGS
from streams.enrich.entities.compact import REACH, WINDOWS
from streams.enrich.entities.features import PADDING, ROWS, VectorIndex, traits
from streams.training.entities.gold import Gold
from streams.training.entities.teacher import IGNORED, recased, tag_loss
from streams.training.entities.vectors import DIMENSIONS, Vectors

log = logging.getLogger(__name__)

TRAITS = 96
"""Width of the trait embeddings."""

WIDTHS = (256, 192, 128)
"""Width of each window layer, from the bottom."""

BATCH = 3000
"""Tokens in a step, about."""


@dataclass(frozen=True)
class Silver:
    """A text as tokens, with the teacher's probability of every tag, one row a token."""

    forms: Sequence[str]
    probabilities: NDArray[np.float16]


class Student(nn.Module):
    """Forms in, tag logits out; each distinct form is looked at once a batch."""

    def __init__(self, vectors: Vectors) -> None:
        super().__init__()
        self.index = VectorIndex(vectors.keys, vectors.rows)
        self.traits = nn.EmbeddingBag(ROWS, TRAITS, mode="sum", padding_idx=0)
        nn.init.normal_(self.traits.weight, std=0.1)
        self.vectors = nn.Embedding.from_pretrained(torch.from_numpy(vectors.table), freeze=False)
        widths = (TRAITS + DIMENSIONS, *WIDTHS)
        self.windows = nn.ModuleList(
            nn.Linear(window * below, width)
            for window, below, width in zip(WINDOWS, widths[:-1], widths[1:], strict=True)
        )
        self.dropout = nn.Dropout(0.2)
        self.tags = nn.Linear(WIDTHS[-1], len(TAGS))
        self._traits: dict[str, NDArray[np.int64]] = {}

    def forward(self, forms: Sequence[str]) -> Tensor:
        """Logits of every tag for all of FORMS but the REACH of them at each end."""
        x = self.dropout(self.first_layer(forms))
        for window, layer in zip(WINDOWS[1:], self.windows[1:], strict=True):
            rows = len(x) - window + 1
            x = torch.cat([x[at : at + rows] for at in range(window)], 1)
            x = self.dropout(functional.relu(layer(x)))
        logits: Tensor = self.tags(x)
        return logits

    def first_layer(self, forms: Sequence[str]) -> Tensor:
        """The first layer: one row for all of FORMS but half a window at each end."""
        distinct = {form: at for at, form in enumerate(dict.fromkeys(forms))}
        places = torch.from_numpy(np.fromiter(map(distinct.__getitem__, forms), np.int64, len(forms)))
        below = self.dropout(self._look_up(list(distinct)))
        first = self.windows[0]
        window, width = WINDOWS[0], WIDTHS[0]
        weight = first.weight.view(width, window, -1).permute(1, 2, 0)
        share = torch.einsum("fd,wdh->wfh", below, weight)
        rows = len(forms) - window + 1
        x = first.bias + sum(share[at][places[at : at + rows]] for at in range(window))
        return functional.relu(x)

    def _look_up(self, forms: list[str]) -> Tensor:
        """One row a form; in training some rare traits and some vectors are left out."""
        for form in forms:
            if form not in self._traits:
                self._traits[form] = np.array(traits(form), np.int64)
        described = [self._traits[form] for form in forms]
        rows = np.concatenate(described)
        lengths = np.fromiter(map(len, described), np.int64, len(described))
        starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
        vectors = self.index.rows(forms)
        if (
            self.training
        ):  # forms that were never seen have no exact trait, and often no vector: get used to it
            forgotten = np.random.default_rng(int(torch.randint(1 << 31, ()))).random((len(forms), 2))
            unknown = starts[(forgotten[:, 0] < 0.2) & (lengths > 1)]
            rows[unknown] = 0
            rows[unknown + 1] = 0
            vectors[forgotten[:, 1] < 0.05] = 0
        bags = self.traits(torch.from_numpy(rows), torch.from_numpy(starts))
        return torch.cat([bags, self.vectors(torch.from_numpy(vectors))], 1)


def _gold_batches(
    documents: Sequence[Gold], seed: tuple[int, int]
) -> Iterator[tuple[list[str], Tensor, Tensor]]:
    """Forms with REACH of void around each text, tags (IGNORED on the void), and whether MISC was marked."""
    rng = np.random.default_rng(seed)
    forms: list[str] = []
    tags: list[NDArray[np.int64]] = []
    misc: list[NDArray[np.bool_]] = []
    void = np.full(REACH, IGNORED)
    for at in rng.permutation(len(documents)).tolist():
        document = documents[at]
        forms += [PADDING] * REACH + recased(document.tokens.forms, rng)
        tags += [void, document.tags]
        misc.append(np.full(REACH + len(document.tags), document.has_misc))
        if len(forms) > BATCH:
            yield (
                [*forms, *[PADDING] * REACH],
                torch.from_numpy(np.concatenate(tags)[REACH:]),
                torch.from_numpy(np.concatenate(misc)[REACH:]),
            )
            forms, tags, misc = [], [], []


def _silver_batches(
    texts: Sequence[Silver], seed: tuple[int, int]
) -> Iterator[tuple[list[str], Tensor, Tensor]]:
    """Forms with void around each text, the teacher's probabilities, and which rows have some."""
    rng = np.random.default_rng(seed)
    forms: list[str] = []
    rows: list[NDArray[np.float32]] = []
    void = np.zeros((REACH, len(TAGS)), np.float32)
    for at in rng.permutation(len(texts)).tolist():
        text = texts[at]
        forms += [PADDING] * REACH + list(text.forms)
        rows += [void, text.probabilities.astype(np.float32)]
        if len(forms) > BATCH:
            wanted = torch.from_numpy(np.concatenate(rows)[REACH:])
            yield [*forms, *[PADDING] * REACH], wanted, wanted.sum(1) > 0
            forms, rows = [], []


def train(
    gold: Sequence[Gold],
    silver: Sequence[Silver],
    vectors: Vectors,
    *,
    epochs: int,
    seed: int,
    peak: float = 2e-3,
) -> Student:
    """A student that saw all of GOLD in each epoch, and all of SILVER spread over the epochs' steps."""
    torch.manual_seed(seed)
    student = Student(vectors)
    optimiser = torch.optim.Adam(student.parameters(), lr=peak, fused=True)
    per_epoch = _steps(len(d.tokens.forms) for d in gold) + _steps(len(s.forms) for s in silver)
    total = per_epoch * epochs
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / 200, max(0.01, 1 - step / total))
    )
    step, seen, started = 0, 0.0, time.monotonic()
    for epoch in range(epochs):
        student.train()
        for kind, batch in _mixed(gold, silver, (seed, epoch)):
            forms, wanted, valid = batch
            logits = student(forms)
            if kind == "gold":
                loss = tag_loss(logits, wanted, valid)
            else:
                loss = functional.cross_entropy(logits[valid], wanted[valid])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            step, seen = step + 1, seen + loss.item()
            if step % 100 == 0:
                log.info("student step %d of about %d, %.3f s a step, loss %.4f",
                         step, total, (time.monotonic() - started) / step, seen / 100)  # fmt: skip
                seen = 0.0
    return student.eval()


def _steps(lengths: Iterator[int]) -> int:
    return sum(length + REACH for length in lengths) // (BATCH + BATCH // 10) + 1


def _mixed(
    gold: Sequence[Gold], silver: Sequence[Silver], seed: tuple[int, int]
) -> Iterator[tuple[str, tuple[list[str], Tensor, Tensor]]]:
    """Batches of both kinds, drawn in turn by what is left of each."""
    rng = np.random.default_rng(seed)
    kinds = ["gold"] * _steps(len(d.tokens.forms) for d in gold)
    kinds += ["silver"] * (_steps(len(s.forms) for s in silver) if silver else 0)
    sources = {"gold": _gold_batches(gold, seed), "silver": _silver_batches(silver, seed)}
    for at in rng.permutation(len(kinds)).tolist():
        batch = next(sources[kinds[at]], None)
        if batch is not None:
            yield kinds[at], batch
    for kind, batches in sources.items():
        yield from ((kind, batch) for batch in batches)


def fit_gate(student: Student, documents: Sequence[Gold], seed: int) -> tuple[NDArray[np.float32], float]:
    """A linear gate on the first layer that lets through what the student would tag other than O.

    Logistic regression on the student's own opinion of DOCUMENTS; the bias is set so that of a thousand
    tokens that it tags, at most one is kept back.
    """
    rows, tagged = [], []
    inner = REACH - WINDOWS[0] // 2
    with torch.no_grad():
        for forms, _, _ in _gold_batches(documents, (seed, 0)):
            rows.append(student.first_layer(forms)[inner:-inner])
            tagged.append(student(forms).softmax(1)[:, 0] < 0.5)
    x, y = torch.cat(rows), torch.cat(tagged)
    gate = nn.Linear(x.shape[1], 1)
    optimiser = torch.optim.LBFGS(gate.parameters(), max_iter=60, line_search_fn="strong_wolfe")
    more_weight = torch.tensor(5.0)  # keeping a token back is worse than letting one through

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


def quantised(table: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """TABLE as 8-bit rows and the factor of each row."""
    factor = (np.abs(table).max(1) / 127).clip(1e-6).astype(np.float16)
    return np.rint(table / factor.astype(np.float32)[:, None]).clip(-127, 127).astype(np.int8), factor


def pack(
    student: Student, gate: tuple[NDArray[np.float32], float], vectors: Vectors, path: Path, version: str
) -> None:
    """Write the model file that `CompactTagger` loads: 8-bit tables, 16-bit layers."""
    with torch.no_grad():
        trait_table, trait_scale = quantised(student.traits.weight.numpy())
        vector_table, vector_scale = quantised(student.vectors.weight.numpy())
        layers = {}
        for at, layer in enumerate(chain(student.windows, [student.tags])):
            weight = layer.weight.numpy()
            if at == 0:  # as one product a form: [below, window * width]
                weight = (
                    weight.reshape(WIDTHS[0], WINDOWS[0], -1)
                    .transpose(1, 0, 2)
                    .reshape(-1, TRAITS + DIMENSIONS)
                )
            layers[f"weight{at}"] = np.ascontiguousarray(weight.T.astype(np.float16))
            layers[f"bias{at}"] = layer.bias.numpy().astype(np.float16)
    arrays: dict[str, Any] = dict(
        version=np.array(version),
        trait_table=trait_table,
        trait_scale=trait_scale,
        vector_table=vector_table,
        vector_scale=vector_scale,
        vector_keys=vectors.keys,
        vector_rows=vectors.rows,
        gate_weight=gate[0],
        gate_bias=np.array(gate[1], np.float32),
        **layers,
    )
    np.savez(path, **arrays)
