"""Small random models in the form in which a training keeps them, and what they say in plain floats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from streams.enrich.embedding import WordPieces, load_embedding, load_vectors
from streams.enrich.labels.base import Decision, Line
from streams.enrich.labels.compact import Card, CompactModel
from streams.enrich.labels.network import DAMPING_WORDS, FIRST_WINDOW, SECOND_WINDOW
from streams.enrich.labels.terms import LEAST_WORDS, codes_of, named_pairs, opening_keys, pairs, word_keys
from streams.enrich.labels.words import BODY, KINDS, Words
from streams.training.labels.export import pack
from streams.training.labels.mixing import Mixture
from streams.training.labels.terms import MEANING_SHARE, TermModel
from streams.training.labels.vocabulary import VECTOR_SCALE

State = Mapping[str, NDArray[np.float32]]

SPELLINGS, SPELLING, FIRST, SECOND, CONTEXT = 97, 6, 12, 10, 5

MIXTURE = Mixture(0.9, 0.6)

DECISION = Decision(0.5, Line(1.2, 0.1), Line(0.9, -0.2))


def random_state(labels: int, *, seed: int = 0, vectors: int = 256, scale: float = 1.0) -> State:
    """Return weights by the names of a trained student; a larger `scale` makes more of the words."""
    rng = np.random.default_rng(seed)

    def weights(*shape: int) -> NDArray[np.float32]:
        return (rng.normal(size=shape) * scale / np.sqrt(shape[-1])).astype(np.float32)

    return {
        "spelling.weight": weights(SPELLINGS, SPELLING),
        "first.weight": weights(FIRST * FIRST_WINDOW, vectors + SPELLING),
        "first_bias": weights(FIRST),
        "named.weight": weights(KINDS, FIRST * FIRST_WINDOW),
        "second.weight": weights(SECOND, FIRST * SECOND_WINDOW),
        "second.bias": weights(SECOND),
        "out.weight": weights(labels, SECOND),
        "least": np.full(labels, 0.05, np.float32),
        "context.weight": weights(CONTEXT, 2 * SECOND),
        "context.bias": weights(CONTEXT),
        "gate.weight": weights(labels, CONTEXT),
        "gate.bias": weights(labels),
        "direct.weight": weights(labels, CONTEXT),
        "direct.bias": weights(labels),
        "part": np.array([0.7, 0.3, -0.1], np.float32),
        "damping": np.array(-0.2, np.float32),
        "bias": np.full(labels, -2.0, np.float32),
        "slope": np.full(labels, 1.9, np.float32),
        "alpha": np.full(labels, -0.3, np.float32),
    }


def random_terms(labels: int, *, seed: int = 0, vectors: int = 256) -> TermModel:
    """Return weights of the terms in a text of common words, and of their meanings."""
    rng = np.random.default_rng(seed)
    codes = codes_of(
        ("the talks of ministers ended in storm climate treaty ambassador inflation goal " * 2).split()
    )
    kinds = np.arange(len(codes)).astype(np.int8) % KINDS
    found = (word_keys(codes), opening_keys(codes), pairs(codes).keys, named_pairs(codes, kinds).keys)
    keys = np.unique(np.concatenate(found))

    def weights(*shape: int) -> NDArray[np.float32]:
        return rng.normal(size=shape).astype(np.float32)

    return TermModel(
        keys, weights(len(keys), labels), weights(vectors, labels), weights(labels), weights(labels)
    )


def packed(
    state: State,
    decisions: Mapping[str, Decision],
    *,
    version: str = "7",
    trained_on: str = "nothing",
    terms: TermModel | None = None,
) -> dict[str, NDArray[Any]]:
    """Return the arrays of a model file."""
    terms = random_terms(len(decisions)) if terms is None else terms
    return pack(
        state, decisions, terms, mixture=MIXTURE, version=version, date="2026-01-31", trained_on=trained_on
    )


def random_model(
    labels: Sequence[str], *, seed: int = 0, version: str = "7", scale: float = 1.0
) -> CompactModel:
    """Return a model of `labels` that knows nothing."""
    arrays = packed(
        random_state(len(labels), seed=seed, scale=scale), dict.fromkeys(labels, DECISION), version=version
    )
    return CompactModel(Card.model_validate_json(bytes(arrays["card"])), arrays, load_embedding())


def contributions(state: State, words: Words) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return in floats what each word adds to each label, and what the article adds as a whole."""
    weights = {name: np.asarray(weight, np.float64) for name, weight in state.items()}
    count = len(words.forms)
    share = (
        _described(weights, words.forms) @ weights["first.weight"].T + weights["named.weight"][words.kinds]
    )
    first = weights["first_bias"] + _summed(share.reshape(count, FIRST_WINDOW, FIRST))
    first = np.maximum(first, 0)
    second = weights["second.weight"].reshape(SECOND, SECOND_WINDOW, FIRST)
    beside = np.einsum("tf,swf->tws", first, second)
    hidden = np.maximum(_summed(beside) + weights["second.bias"], 0)
    above = hidden @ weights["out.weight"].T
    above = np.sign(above) * np.maximum(np.abs(above) - np.maximum(weights["least"], 0), 0)
    above *= np.exp(weights["part"])[words.parts][:, None]
    whole = np.concatenate([hidden.sum(0) / max(count, 1), hidden.max(0, initial=0)])
    context = np.maximum(weights["context.weight"] @ whole + weights["context.bias"], 0)
    gate = 2 / (1 + np.exp(-(weights["gate.weight"] @ context + weights["gate.bias"])))
    damping = (DAMPING_WORDS / (DAMPING_WORDS + max(count, 1))) ** (1 / (1 + np.exp(-weights["damping"])))
    return above * gate * damping, weights["direct.weight"] @ context + weights["direct.bias"]


def term_totals(terms: TermModel, words: Words) -> NDArray[np.float64]:
    """Return in floats what all terms of a text add to each label, times their factor in the mixture."""
    codes = codes_of(words.forms)
    is_word = np.array([form != "¶" for form in words.forms], bool)
    found = (
        word_keys(codes[is_word]),
        opening_keys(codes[is_word & (words.parts < BODY)]),
        pairs(codes).keys,
        named_pairs(codes, words.kinds).keys,
    )
    rows = {int(key): row for row, key in enumerate(terms.keys)}
    keys = {int(key) for one in found for key in one}
    total = sum((terms.weights[rows[key]] for key in sorted(keys & rows.keys())), np.zeros(len(terms.bias)))
    pieces, vectors = WordPieces(load_vectors().pieces), load_vectors().matrix
    for form in sorted(set(words.forms) - {"¶"}):
        if own := pieces.rows(form):
            meaning = vectors[own].astype(np.float64).mean(axis=0) * VECTOR_SCALE * MEANING_SHARE
            total = total + meaning @ terms.meanings
    return MIXTURE.terms * total / np.sqrt(max(len(words.forms), LEAST_WORDS))


def _described(weights: Mapping[str, NDArray[np.float64]], forms: Sequence[str]) -> NDArray[np.float64]:
    vectors = load_vectors()
    pieces = WordPieces(vectors.pieces)
    width = vectors.matrix.shape[1]
    described = np.zeros((len(forms), width + SPELLING))
    for at, form in enumerate(forms):
        if rows := pieces.rows(form):
            described[at, :width] = vectors.matrix[rows].mean(axis=0) * VECTOR_SCALE
        described[at, width:] = weights["spelling.weight"][1 + crc32(form.encode()) % (SPELLINGS - 1)]
    return described


def _summed(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each word the sum over its window: [words, window, width] to [words, width]."""
    count, window, _ = shares.shape
    reach = window // 2
    padded = np.pad(shares, ((reach, reach), (0, 0), (0, 0)))
    return sum((padded[at : at + count, at] for at in range(window)), np.zeros(shares[:, 0].shape))
