"""The terms in training: what they see of the examples, and the arrays of a trained model.

`streams.training.labels.terms_training` trains the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.enrich.labels.network import MEANING_UNIT
from streams.enrich.labels.terms import (
    BREAK_CODE,
    LEAST_WORDS,
    Codes,
    Keys,
    named_pairs,
    opening_keys,
    pairs,
    word_keys,
)
from streams.enrich.labels.words import BODY
from streams.training.labels.batches import Example
from streams.training.labels.vocabulary import VECTOR_SCALE, Vocabulary

MEANING_SHARE = 1 / 8
"""Brings the sum of the meanings to about the length of the terms'."""

WEIGHT, WORD = 2047, 32767
"""Largest whole number of a term's weight, and of a meaning's."""

Floats = NDArray[np.float32]


class Described(NamedTuple):
    """Texts as the terms see them: the keys of the texts' terms, one text after the other, and the rest."""

    keys: Keys
    counts: NDArray[np.intp]  # of the keys of each text
    norms: Floats
    meanings: Floats  # [texts, width]
    phrases: Floats  # [texts, labels], spread


@dataclass(frozen=True)
class TermModel:
    """A trained linear model: sorted `keys` with `weights` [keys, labels], and `meanings` [width, labels].

    `alpha` is the weight of the phrases' spread score.
    """

    keys: Keys
    weights: Floats
    meanings: Floats
    alpha: Floats
    bias: Floats

    def logits(self, described: Described) -> Floats:
        """Return the logits of texts: [texts, labels]."""
        rows, counts = find_rows(described, self.keys)
        edges = pairwise(np.concatenate([[0], np.cumsum(counts)]).tolist())
        summed = np.stack([self.weights[rows[first:end]].sum(axis=0) for first, end in edges])
        logits: Floats = summed * described.norms[:, None] + described.meanings @ self.meanings
        return logits + described.phrases * self.alpha + self.bias


def describe(examples: Sequence[Example], vocabulary: Vocabulary) -> Described:
    """Return what the terms see of the examples."""
    keys, norms = [], []
    meanings = np.zeros((len(examples), vocabulary.vectors.shape[1]), np.float32)
    for at, example in enumerate(examples):
        codes = vocabulary.codes[example.rows]
        keys.append(_keys(codes, example))
        norms.append(1 / np.sqrt(max(len(codes), LEAST_WORDS)))
        distinct = np.unique(example.rows[codes != BREAK_CODE])
        meanings[at] = vocabulary.vectors[distinct].sum(axis=0) * (MEANING_SHARE * norms[-1])
    raws = np.stack([example.phrases for example in examples])
    return Described(
        np.concatenate(keys),
        np.array([len(own) for own in keys], np.intp),
        np.array(norms, np.float32),
        meanings,
        np.sign(raws) * np.log1p(np.abs(raws)),
    )


def find_rows(described: Described, keys: Keys) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the row among `keys` of each term that is there, and how many each text has."""
    texts = np.repeat(np.arange(len(described.counts)), described.counts)
    if not len(keys):
        return np.zeros(0, np.intp), np.zeros_like(described.counts)
    rows = np.searchsorted(keys, described.keys)
    rows[rows == len(keys)] = 0
    known = keys[rows] == described.keys
    return rows[known], np.bincount(texts[known], minlength=len(described.counts))


def pack_terms(model: TermModel, share: float) -> dict[str, NDArray[Any]]:
    """Return the arrays of the terms in a model file, in which their sum counts by `share`."""
    weights = model.weights.astype(np.float64) * share
    meanings = model.meanings.astype(np.float64) * (share * MEANING_SHARE * MEANING_UNIT * VECTOR_SCALE)
    units = np.maximum(np.abs(weights).max(axis=0, initial=0), 1e-6) / WEIGHT
    meaning_units = np.maximum(np.abs(meanings).max(axis=0), 1e-12) / WORD
    return {
        "terms": model.keys,
        "term_weights": np.rint(weights / units).astype(np.int16),
        "term_units": units,
        "term_meanings": np.rint(meanings / meaning_units).astype(np.int16),
        "term_meaning_scale": meaning_units / units,
    }


def _keys(codes: Codes, example: Example) -> Keys:
    """Return the keys of the different terms of a text."""
    is_word = codes != BREAK_CODE
    sorts = (
        word_keys(codes[is_word]),
        opening_keys(codes[is_word & (example.parts < BODY)]),
        pairs(codes).keys,
        named_pairs(codes, example.kinds).keys,
    )
    return np.concatenate([np.unique(keys) for keys in sorts])
