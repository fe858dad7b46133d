"""The student: the compact tagger's network in torch, trained on gold tags and on the teacher's opinion."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, count, islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel

from streams.enrich.entities.taggers.bioes import TAGS
from streams.enrich.entities.taggers.compact import REACH, WINDOWS
from streams.enrich.entities.taggers.features import CLASSES, PADDING, ROWS, ClassIndex, VectorIndex, traits
from streams.enrich.entities.taggers.tokens import BREAK
from streams.training.entities import look
from streams.training.entities.gold import Gold
from streams.training.entities.lists import NameClasses
from streams.training.entities.teacher import Silver, recased, tag_losses
from streams.training.entities.vectors import DIMENSIONS, Vectors

log = logging.getLogger(__name__)

TRAITS = 96
"""Width of the trait embeddings."""

BELOW = TRAITS + DIMENSIONS + len(CLASSES)
"""Width of what the first layer sees of a token."""

WIDTHS = (384, 176, 128)
"""Width of each window layer, from the bottom."""

VECTOR_SCALE = 4.0
"""Length of a word vector: that of the sum of a form's traits once they are trained, about."""

FORGOTTEN, DROPPED, NO_VECTOR = 0.3, 0.1, 0.05
"""Share of forms that train without their exact traits, of all traits left out, and of vectors left out."""

BATCH = 1500
"""Tokens in a step, about."""

STRETCH = 100
"""Tokens of one text that go into a batch together, about."""

GOLD_TURNS = 2
"""Times that an epoch reads the gold text, of which there is so much less."""

PEAK, LATER_PEAK = 2e-3, 1e-3
"""Highest learning rate of a new student, and of one that goes on from the weights of another."""

AVERAGED, EVERY = 0.15, 10
"""Share of the steps, the last ones, whose weights are averaged, and of which one in so many counts."""

EASY_TURNS = 5
"""Of the tokens that are plainly no name, one in so many is learned from, with as much more weight."""


class Student(nn.Module):
    """Forms in, tag logits out; each distinct form is looked at once a batch."""

    def __init__(self, vectors: Vectors, classes: NameClasses) -> None:
        super().__init__()
        self.classes = ClassIndex(*classes)
        self.index = VectorIndex(vectors.keys, vectors.rows)
        self.traits = nn.EmbeddingBag(ROWS, TRAITS, mode="sum", padding_idx=0, sparse=True)
        nn.init.normal_(self.traits.weight, std=0.01)  # what was never seen must say next to nothing
        # Frozen: trained, those of words that were seen would move away from those of words that were not.
        self.vectors = nn.Embedding.from_pretrained(VECTOR_SCALE * torch.from_numpy(vectors.table))
        widths = (BELOW, *WIDTHS)
        self.windows = nn.ModuleList(
            nn.Linear(window * below, width)
            for window, below, width in zip(WINDOWS, widths[:-1], widths[1:], strict=True)
        )
        self.dropout = nn.Dropout(0.15)
        self.tags = nn.Linear(WIDTHS[-1], len(TAGS))
        self._known: dict[str, tuple[NDArray[np.int64], int, NDArray[np.float32]]] = {}

    def unpack(self, weights: Mapping[str, NDArray[Any]]) -> None:
        """Take over the WEIGHTS of a packed student of any widths.

        Units that are new add nothing yet; where there are fewer, those with the largest weights stay.
        """
        with torch.no_grad():
            self.traits.weight.copy_(_whole(weights["trait_table"], weights["trait_scale"]))
            layers = [_unpacked(weights, at) for at in range(len(WINDOWS))]
            tags = torch.from_numpy(weights["weight3"].astype(np.float32).T.copy())
            seen = torch.arange(BELOW)
            for at, layer in enumerate(self.windows):
                above = layers[at + 1] if at + 1 < len(layers) else tags[:, None]
                kept = (layers[at].norm(dim=(1, 2)) * above.norm(dim=(0, 1))).topk(
                    min(len(layers[at]), len(layer.weight))
                )
                units = kept.indices.sort().values
                own = layer.weight.view(len(layer.weight), WINDOWS[at], -1)
                own[: len(units)] = 0.0  # what was there sees nothing of the new units below
                own[: len(units), :, : len(seen)] = layers[at][units][:, :, seen]
                layer.bias[: len(units)] = torch.from_numpy(weights[f"bias{at}"].astype(np.float32))[units]
                seen = units
            self.tags.weight.zero_()
            self.tags.weight[:, : len(seen)] = tags[:, seen]
            self.tags.bias.copy_(torch.from_numpy(weights["bias3"].astype(np.float32)))

    def forward(self, forms: Sequence[str], kept: Tensor | None = None) -> Tensor:
        """Logits of every tag for all of FORMS but REACH at each end, or for the KEPT rows of those."""
        first = self.dropout(self.first_layer(forms))
        second, third = WINDOWS[1:]
        if kept is None:
            kept = torch.arange(len(first) - second - third + 2)
        beside = kept[:, None] + torch.arange(third)
        rows, place = beside.unique(return_inverse=True)
        x = functional.embedding(rows[:, None] + torch.arange(second), first).flatten(1)
        x = self.dropout(functional.relu(self.windows[1](x)))
        x = functional.embedding(place, x).flatten(1)
        x = self.dropout(functional.relu(self.windows[2](x)))
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
        x = first.bias + sum(functional.embedding(places[at : at + rows], share[at]) for at in range(window))
        return functional.relu(x)

    def _look_up(self, forms: list[str]) -> Tensor:
        """One row a form; in training some rare traits and some vectors are left out."""
        new = [form for form in forms if form not in self._known]
        looked_up = zip(self.index.rows(new).tolist(), self.classes.flags(new), strict=True)
        for form, (row, flags) in zip(new, looked_up, strict=True):
            self._known[form] = np.array(traits(form), np.int64), row, flags
        described, vector_rows, class_flags = zip(*map(self._known.__getitem__, forms), strict=True)
        rows = np.concatenate(described)
        lengths = np.fromiter(map(len, described), np.int64, len(described))
        starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
        vectors = np.array(vector_rows)
        if self.training:  # new forms have no exact trait, and often no vector: get used to it
            rng = np.random.default_rng(int(torch.randint(1 << 31, ())))
            unknown = starts[(rng.random(len(forms)) < FORGOTTEN) & (lengths > 1)]
            rows[unknown] = 0
            rows[unknown + 1] = 0
            rows[rng.random(len(rows)) < DROPPED] = 0
            vectors[rng.random(len(forms)) < NO_VECTOR] = 0
        bags = self.traits(torch.from_numpy(rows), torch.from_numpy(starts))
        flags = torch.from_numpy(np.stack(class_flags))
        return torch.cat([bags, self.vectors(torch.from_numpy(vectors)), flags], 1)


def _unpacked(weights: Mapping[str, NDArray[Any]], at: int) -> Tensor:
    """The weight of window layer AT of a packed student: [units, window, units below]."""
    packed = torch.from_numpy(weights[f"weight{at}"].astype(np.float32).T.copy())
    width = len(weights[f"bias{at}"])
    if at == 0:
        return packed.view(WINDOWS[0], width, BELOW).transpose(0, 1)
    return packed.view(width, WINDOWS[at], -1)


def _whole(table: NDArray[np.int8], scale: NDArray[np.float16]) -> Tensor:
    """TABLE as `quantised` makes it, in floats again."""
    return torch.from_numpy(table.astype(np.float32) * scale.astype(np.float32)[:, None])


class Batch(NamedTuple):
    """Some stretches of text with void around each: forms, the rows to learn from, and what they should be.

    `kept` are rows of the student's logits, `weight` makes up for rows like them that were left out. `tags`
    and `has_misc` are of gold text, `probabilities` of silver.
    """

    forms: list[str]
    kept: Tensor
    weight: Tensor
    tags: Tensor | None
    has_misc: Tensor | None
    probabilities: Tensor | None


def _stretches(forms: Sequence[str]) -> Iterator[slice]:
    """FORMS in stretches of STRETCH to twice as many tokens, cut at a line's end where there is one."""
    start = 0
    for at in range(1, len(forms) + 1):
        size = at - start
        ended = forms[at - 1][0] == BREAK
        if at == len(forms) or (size >= STRETCH and ended) or size >= 2 * STRETCH:
            yield slice(start, at)
            start = at


def _easy(forms: Sequence[str]) -> NDArray[np.bool_]:
    """Which forms say by themselves that they are no name in running text."""
    return np.fromiter((form.islower() or not form.isalpha() for form in forms), np.bool_, len(forms))


def _batches(texts: Sequence[Gold | Silver], seed: tuple[int, int]) -> Iterator[Batch]:
    """TEXTS in stretches of all texts mixed; of the rows that are plainly no name, one in EASY_TURNS."""
    rng = np.random.default_rng(seed)
    for chosen in _chosen(texts, rng):
        yield _batch([(texts[text], stretch) for text, stretch in chosen], rng)


def _chosen(texts: Sequence[Gold | Silver], rng: np.random.Generator) -> Iterator[list[tuple[int, slice]]]:
    """What goes into each batch: stretches, each with the place of its text in TEXTS."""
    places = []
    for at, text in enumerate(texts):
        forms = text.forms if isinstance(text, Silver) else text.tokens.forms
        places += [(at, stretch) for stretch in _stretches(forms)]
    chosen: list[tuple[int, slice]] = []
    size = 0
    for number, at in enumerate(rng.permutation(len(places)).tolist(), 1):
        chosen.append(places[at])
        size += places[at][1].stop - places[at][1].start
        if size > BATCH or number == len(places):
            yield chosen
            chosen, size = [], 0


def _batch(stretches: list[tuple[Gold | Silver, slice]], rng: np.random.Generator) -> Batch:
    forms: list[str] = []
    kept, weight, wanted, misc = [], [], [], []
    gold = isinstance(stretches[0][0], Gold)
    for text, stretch in stretches:
        if isinstance(text, Gold):
            own = recased(text.tokens.forms[stretch], rng)
            target, outside = text.tags[stretch], text.tags[stretch] == 0
        else:
            own = list(text.forms[stretch])
            target = text.probabilities[stretch].astype(np.float32)
            outside = target[:, 0] > 0.99
        easy = _easy(own) & outside
        rows = np.flatnonzero(~easy | (rng.random(len(own)) < 1 / EASY_TURNS))
        kept.append(rows + len(forms))
        weight.append(np.where(easy[rows], float(EASY_TURNS), 1.0).astype(np.float32))
        wanted.append(target[rows])
        misc.append(np.full(len(rows), isinstance(text, Gold) and text.has_misc))
        forms += [*own, *[PADDING] * REACH]
    forms = [*[PADDING] * REACH, *forms]
    target_rows = torch.from_numpy(np.concatenate(wanted))
    return Batch(
        forms,
        torch.from_numpy(np.concatenate(kept)),
        torch.from_numpy(np.concatenate(weight)),
        target_rows if gold else None,
        torch.from_numpy(np.concatenate(misc)) if gold else None,
        None if gold else target_rows,
    )


def _loss(logits: Tensor, batch: Batch) -> Tensor:
    if batch.tags is not None and batch.has_misc is not None:
        losses = tag_losses(logits, batch.tags, batch.has_misc)
    else:
        losses = functional.cross_entropy(logits, batch.probabilities, reduction="none")
    return (losses * batch.weight).sum() / batch.weight.sum()


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
    """A student that saw GOLD, GOLD_TURNS times, and SILVER in each epoch.

    Its weights are the average of those of the last steps (Izmailov et al. 2018). START are the weights of a
    packed student to go on from; then they are halfway between the two.
    """
    torch.manual_seed(seed)
    gold = [*gold] * GOLD_TURNS
    student = Student(vectors, classes)
    if start:
        student.unpack(start)
    averaged = AveragedModel(student)
    peak = LATER_PEAK if start else PEAK
    table = list(student.traits.parameters())
    layers = [*student.windows.parameters(), *student.tags.parameters()]
    optimisers = [torch.optim.SparseAdam(table, lr=peak), torch.optim.Adam(layers, lr=peak, fused=True)]
    per_epoch = sum(1 for texts in (gold, silver) for _ in _chosen(texts, np.random.default_rng(seed)))
    total = round(epochs * per_epoch)
    schedules = [
        torch.optim.lr_scheduler.LambdaLR(
            optimiser, lambda step: min((step + 1) / 200, max(0.01, 1 - step / total))
        )
        for optimiser in optimisers
    ]
    step, seen, started = 0, 0.0, time.monotonic()
    student.train()
    endless = (_mixed(gold, silver, (seed, epoch)) for epoch in count())
    for batch in islice(chain.from_iterable(endless), total):
        loss = _loss(student(batch.forms, batch.kept), batch)
        for optimiser in optimisers:
            optimiser.zero_grad()
        loss.backward()
        for optimiser, schedule in zip(optimisers, schedules, strict=True):
            optimiser.step()
            schedule.step()
        step, seen = step + 1, seen + loss.item()
        if (step > total * (1 - AVERAGED) and step % EVERY == 0) or step == total:
            averaged.update_parameters(student)
        if step % 200 == 0:
            log.info("student step %d of %d, %.3f s a step, loss %.4f",
                     step, total, (time.monotonic() - started) / step, seen / 200)  # fmt: skip
            seen = 0.0
    student.load_state_dict(averaged.module.state_dict())
    if start:
        before = Student(vectors, classes)
        before.unpack(start)
        with torch.no_grad():
            for weight, own in zip(student.parameters(), before.parameters(), strict=True):
                weight.lerp_(own, 0.5)
    return student.eval()


def _mixed(gold: Sequence[Gold], silver: Sequence[Silver], seed: tuple[int, int]) -> Iterator[Batch]:
    """Batches of both kinds, drawn by what there is of each, until there are no more of either."""
    rng = np.random.default_rng(seed)
    sources = [_batches(texts, seed) for texts in (gold, silver) if texts]
    sizes = [sum(map(_length, texts)) for texts in (gold, silver) if texts]
    while sources:
        at = int(rng.choice(len(sources), p=np.array(sizes) / sum(sizes)))
        batch = next(sources[at], None)
        if batch is None:
            del sources[at], sizes[at]
        else:
            yield batch


def _length(text: Gold | Silver) -> int:
    return len(text.tokens.forms if isinstance(text, Gold) else text.forms)


def fit_gate(student: Student, documents: Sequence[Gold], seed: int) -> tuple[NDArray[np.float32], float]:
    """A linear gate on the first layer that lets through what the student would tag other than O.

    Logistic regression on the student's own opinion of DOCUMENTS; the bias is set so that of a thousand
    tokens that it tags, at most one is kept back.
    """
    rows, tagged = [], []
    inner = REACH - WINDOWS[0] // 2
    with torch.no_grad():
        for batch in _batches(documents, (seed, 0)):
            rows.append(student.first_layer(batch.forms)[inner:-inner])
            tagged.append(student(batch.forms).softmax(1)[:, 0] < 0.5)
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


def tables(weights: Mapping[str, NDArray[Any]]) -> tuple[Vectors, NameClasses]:
    """The vectors and name classes that went into the packed student WEIGHTS."""
    table = _whole(weights["vector_table"], weights["vector_scale"]).numpy() / VECTOR_SCALE
    return (
        Vectors(weights["vector_keys"], weights["vector_rows"], table),
        NameClasses(weights["class_keys"], weights["class_masks"]),
    )


def quantised(table: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """TABLE as 8-bit rows and the factor of each row."""
    factor = (np.abs(table).max(1) / 127).clip(1e-6).astype(np.float16)
    return np.rint(table / factor.astype(np.float32)[:, None]).clip(-127, 127).astype(np.int8), factor


def pack(
    student: Student,
    gate: tuple[NDArray[np.float32], float],
    vectors: Vectors,
    classes: NameClasses,
    path: Path,
    version: str,
) -> None:
    """Write the model file that `CompactTagger` loads: 8-bit tables, 16-bit layers, a blank second look."""
    with torch.no_grad():
        trait_table, trait_scale = quantised(student.traits.weight.numpy())
        vector_table, vector_scale = quantised(student.vectors.weight.numpy())
        layers = {}
        for at, layer in enumerate(chain(student.windows, [student.tags])):
            weight = layer.weight.numpy()
            if at == 0:  # as one product a form: [below, window * width]
                weight = weight.reshape(WIDTHS[0], WINDOWS[0], -1).transpose(1, 0, 2).reshape(-1, BELOW)
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
        class_keys=classes.keys,
        class_masks=classes.masks,
        gate_weight=gate[0],
        gate_bias=np.array(gate[1], np.float32),
        **layers,
        **look.blank(),
    )
    np.savez(path, **arrays)
