"""Batches for the student: stretches of gold or silver text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from streams.enrich.entities.taggers.compact import REACH
from streams.enrich.entities.taggers.features import PADDING
from streams.enrich.entities.taggers.tokens import BREAK
from streams.training.entities.gold import Gold
from streams.training.entities.texts import Silver, change_case

BATCH = 1500
"""Approximate number of tokens in a batch."""

STRETCH = 100
"""Approximate number of consecutive tokens of a text that go into a batch together."""

EASY_TURNS = 5
"""Of the tokens that are plainly not a name, the student learns from one in this many, with that weight."""


class Batch(NamedTuple):
    """Stretches of text with padding around each: forms, the rows to learn from, and their targets.

    `kept` are rows of the student's logits. `weight` compensates for similar rows that were left out. Gold
    text has `tags` and `has_misc`, silver text has `probabilities`.
    """

    forms: list[str]
    kept: Tensor
    weight: Tensor
    tags: Tensor | None
    has_misc: Tensor | None
    probabilities: Tensor | None


def _stretches(forms: Sequence[str]) -> Iterator[slice]:
    """Yield slices of `forms` of `STRETCH` to twice as many tokens, which end with a line if possible."""
    start = 0
    for at in range(1, len(forms) + 1):
        size = at - start
        ended = forms[at - 1][0] == BREAK
        if at == len(forms) or (size >= STRETCH and ended) or size >= 2 * STRETCH:
            yield slice(start, at)
            start = at


def _easy(forms: Sequence[str]) -> NDArray[np.bool_]:
    """Return True for each form that alone shows that it is not a name in running text."""
    return np.fromiter((form.islower() or not form.isalpha() for form in forms), np.bool_, len(forms))


def batches_of(texts: Sequence[Gold | Silver], seed: tuple[int, int]) -> Iterator[Batch]:
    """Yield the stretches of `texts` in a random order; of the easy rows, keep one in `EASY_TURNS`."""
    rng = np.random.default_rng(seed)
    for chosen in choose_stretches(texts, rng):
        yield _batch([(texts[text], stretch) for text, stretch in chosen], rng)


def choose_stretches(
    texts: Sequence[Gold | Silver], rng: np.random.Generator
) -> Iterator[list[tuple[int, slice]]]:
    """Yield the stretches of each batch, each with the index of its text."""
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
    """Return the batch of `stretches`, which are all of gold or all of silver text."""
    forms: list[str] = [PADDING] * REACH
    kept, weight, wanted, misc = [], [], [], []
    for text, stretch in stretches:
        own, targets, outside = _targets(text, stretch, rng)
        easy = _easy(own) & outside
        rows = np.flatnonzero(~easy | (rng.random(len(own)) < 1 / EASY_TURNS))
        kept.append(rows + len(forms) - REACH)
        weight.append(np.where(easy[rows], float(EASY_TURNS), 1.0).astype(np.float32))
        wanted.append(targets[rows])
        misc.append(np.full(len(rows), isinstance(text, Gold) and text.has_misc))
        forms += [*own, *[PADDING] * REACH]
    gold = isinstance(stretches[0][0], Gold)
    target_rows = torch.from_numpy(np.concatenate(wanted))
    return Batch(
        forms,
        torch.from_numpy(np.concatenate(kept)),
        torch.from_numpy(np.concatenate(weight)),
        target_rows if gold else None,
        torch.from_numpy(np.concatenate(misc)) if gold else None,
        None if gold else target_rows,
    )


def _targets(
    text: Gold | Silver, stretch: slice, rng: np.random.Generator
) -> tuple[list[str], NDArray[Any], NDArray[np.bool_]]:
    """Return the forms of a stretch, their targets, and True for each form that is outside of names."""
    if isinstance(text, Gold):
        tags = text.tags[stretch]
        return change_case(text.tokens.forms[stretch], rng), tags, tags == 0
    probabilities = text.probabilities[stretch].astype(np.float32)
    return list(text.forms[stretch]), probabilities, probabilities[:, 0] > 0.99


def mix_batches(gold: Sequence[Gold], silver: Sequence[Silver], seed: tuple[int, int]) -> Iterator[Batch]:
    """Yield all batches of both kinds; draw the kind of each batch by the tokens of either."""
    rng = np.random.default_rng(seed)
    sources = [batches_of(texts, seed) for texts in (gold, silver) if texts]
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
