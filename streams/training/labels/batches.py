"""Examples for the student, and batches of them, in numpy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.enrich.labels.gold import LabelledArticle
from streams.enrich.labels.words import BODY
from streams.training.labels.features import Features
from streams.training.labels.vocabulary import Vocabulary

BATCH = 32
LENGTH_NOISE = 60
"""Texts of about the same length share a batch; their lengths are blurred by up to this many words."""

TEACHING = 0.6
"""Share of the loss that compares with the teachers' probabilities, where there are some."""

RAREST = 3.0
"""Largest weight of a label that holds: labels weigh more by the root of their rarity."""


@dataclass(frozen=True)
class Example:
    """A text as rows of the vocabulary, with its targets and with the mask of the firm ones.

    `soft` has the teachers' probabilities, or is None.
    """

    rows: NDArray[np.int64]
    kinds: NDArray[np.int8]
    parts: NDArray[np.int8]
    phrases: NDArray[np.float32]
    targets: NDArray[np.float32]
    mask: NDArray[np.float32]
    soft: NDArray[np.float32] | None = None


class Batch(NamedTuple):
    """Examples with as many words each as the longest; `lengths` says how many are real.

    `told` is 1 for each example that has the teachers' probabilities.
    """

    rows: NDArray[np.int64]
    kinds: NDArray[np.int64]
    parts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    phrases: NDArray[np.float32]
    targets: NDArray[np.float32]
    mask: NDArray[np.float32]
    soft: NDArray[np.float32]
    told: NDArray[np.float32]


def targets_and_mask(
    labelled: LabelledArticle, labels: Sequence[str]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return 1 for each of `labels` that holds, and 1 for each that is not ambiguous."""
    targets = np.array([label in labelled.labels for label in labels], np.float32)
    mask = np.array([label not in labelled.ambiguous for label in labels], np.float32)
    return targets, mask


def example_of(
    labelled: LabelledArticle, features: Features, vocabulary: Vocabulary, labels: Sequence[str]
) -> Example:
    """Return the example of a labelled article."""
    words = features.words
    targets, mask = targets_and_mask(labelled, labels)
    return Example(vocabulary.rows(words.forms), words.kinds, words.parts, features.phrases, targets, mask)


def make_batch(examples: Sequence[Example], unknown: int) -> Batch:
    """Return the examples as one batch, filled up with the row `unknown`."""
    lengths = np.array([len(example.rows) for example in examples], np.int64)
    shape = (len(examples), max(int(lengths.max()), 1))
    rows, kinds = np.full(shape, unknown, np.int64), np.zeros(shape, np.int64)
    parts = np.full(shape, BODY, np.int64)
    for at, (example, length) in enumerate(zip(examples, lengths.tolist(), strict=True)):
        rows[at, :length], kinds[at, :length] = example.rows, example.kinds
        parts[at, :length] = example.parts
    return Batch(
        rows,
        kinds,
        parts,
        lengths,
        np.stack([example.phrases for example in examples]),
        np.stack([example.targets for example in examples]),
        np.stack([example.mask for example in examples]),
        np.stack([np.zeros_like(one.targets) if one.soft is None else one.soft for one in examples]),
        np.array([example.soft is not None for example in examples], np.float32),
    )


def count_batches(examples: Sequence[Example]) -> int:
    """Return the number of batches of an epoch."""
    return -(-len(examples) // BATCH)


def epoch_batches(examples: Sequence[Example], unknown: int, rng: np.random.Generator) -> Iterator[Batch]:
    """Yield all examples once, in a random order of batches of about the same length."""
    blurred = [len(example.rows) + int(rng.integers(LENGTH_NOISE)) for example in examples]
    order = np.argsort(blurred, kind="stable")
    for number in rng.permutation(count_batches(examples)).tolist():
        chosen = order[number * BATCH : (number + 1) * BATCH]
        yield make_batch([examples[at] for at in chosen.tolist()], unknown)
