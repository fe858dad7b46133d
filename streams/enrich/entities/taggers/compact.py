"""The compact tagger: hashed traits, word vectors and name lists under three window layers, in numpy alone.

The inputs of a token depend on its form alone, so its part of the first layer is computed once and cached. A
gate then picks the tokens that may belong to a name; only they go through the upper layers. Last, each of
these is scored again with the other places of its form in the text.
After Collobert et al. 2011 (windows) and Miranda et al. 2022 (hash embeddings); distilled from the accurate
tagger. MODEL_CARD.md has data, licences and figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

import streams
from streams.enrich.entities.taggers import bioes
from streams.enrich.entities.taggers.base import Span
from streams.enrich.entities.taggers.features import PADDING, ClassIndex, VectorIndex, traits
from streams.enrich.entities.taggers.form_voting import vote_on_types
from streams.enrich.entities.taggers.rescoring import Rescorer
from streams.enrich.entities.taggers.tokens import Tokens, tokenise
from streams.events import Component

MODEL = Path(__file__).parents[1] / "models" / "compact.npz"

WINDOWS = (7, 5, 3)
"""Tokens that each layer sees of the layer below."""

REACH = sum(window // 2 for window in WINDOWS)
"""Tokens to each side on which a token's scores depend: half the receptive field."""

CACHED_FORMS = 10_000
"""Forms in the cache of the first layer; a full cache is emptied. A form takes 5.4 kB, all of them 54 MB."""

CHUNK = 1024
"""Tokens that are computed together, so that the rows of the layers stay in the processor's cache."""

_FIXED_POINT_SCALE = 1024.0
"""The first layer is cached in fixed point: 16-bit whole numbers of 1/1024."""

_MAX_PART = np.iinfo(np.int16).max // WINDOWS[0]
"""The sum of a window's parts must fit 16 bits."""

_OUTSIDE_LOGITS = np.where(np.arange(len(bioes.TAGS)) == 0, 20.0, 0.0).astype(np.float32)
"""Logits of a token that the gate does not let through."""


class CompactTagger:
    """Tags texts with the model file that the package ships. It has caches: not safe for several threads."""

    def __init__(self, weights: Mapping[str, NDArray[Any]]) -> None:
        """Take the weights under the names that `streams.training.entities` gives them."""
        self.provenance = Component(
            name="compact", version=streams.__version__, model=str(weights["version"][()])
        )
        self._vectors = VectorIndex(weights["vector_keys"], weights["vector_rows"])
        self._classes = ClassIndex(weights["class_keys"], weights["class_masks"])
        self._vector_table, self._vector_scale = weights["vector_table"], weights["vector_scale"]
        self._trait_table, self._trait_scale = weights["trait_table"], weights["trait_scale"]
        self._layers = [
            (weights[f"weight{layer}"].astype(np.float32), weights[f"bias{layer}"].astype(np.float32))
            for layer in range(len(WINDOWS) + 1)
        ]
        self._gate = weights["gate_weight"].astype(np.float32)
        for reads_first_layer in (self._gate, self._layers[1][0]):
            reads_first_layer /= _FIXED_POINT_SCALE
        self._gate_bias = float(weights["gate_bias"][()])
        self._rescorer = Rescorer(weights)
        self._width = len(self._layers[0][1])
        self._cache = np.empty((WINDOWS[0], CACHED_FORMS, self._width), np.int16)
        self._cache_rows: dict[str, int] = {}

    @classmethod
    def load(cls, path: Path = MODEL) -> CompactTagger:
        """Load the tagger in the model file at `path`."""
        with np.load(path) as weights:
            return cls(dict(weights))

    def mentions(self, texts: Sequence[str]) -> list[list[Span]]:
        """Return the mentions of each text, in order, without overlaps and within the text."""
        return [self._mentions(tokenise(text)) for text in texts]

    def scores(self, forms: Sequence[str]) -> NDArray[np.float32]:
        """Return the logits of the network for the tokens of one text, before rescoring and form voting.

        One row a token, one column a tag as in `bioes.TAGS`.
        """
        parts = [self._chunk_scores(forms, start) for start in range(0, len(forms), CHUNK)]
        return np.concatenate(parts) if parts else np.empty((0, len(bioes.TAGS)), np.float32)

    def _mentions(self, tokens: Tokens) -> list[Span]:
        if not tokens.forms:
            return []
        scores = self._rescorer.rescore(tokens.forms, self.scores(tokens.forms))
        return bioes.spans(tokens, vote_on_types(tokens.forms, scores))

    def _chunk_scores(self, forms: Sequence[str], start: int) -> NDArray[np.float32]:
        """Return the logits of up to `CHUNK` tokens from `start` on."""
        end = min(start + CHUNK, len(forms))
        before, after = max(start - REACH, 0), min(end + REACH, len(forms))
        padding = [PADDING] * REACH
        in_reach = [
            *padding[: REACH - (start - before)],
            *forms[before:after],
            *padding[: REACH - (after - end)],
        ]
        hidden = self._first_layer(self._cached_rows(in_reach))
        margin = (len(hidden) - (end - start)) // 2
        logits = np.tile(_OUTSIDE_LOGITS, (end - start, 1))
        candidates = np.flatnonzero(hidden[margin : margin + end - start] @ self._gate > -self._gate_bias)
        if len(candidates):
            logits[candidates] = self._upper_layers(hidden, candidates)
        return logits

    def _first_layer(self, rows: NDArray[np.intp]) -> NDArray[np.float32]:
        """Return the first layer, in 1/1024, of the tokens whose forms are cached in `rows`.

        Tokens at both ends that have no full window are left out.
        """
        length = len(rows) - WINDOWS[0] + 1
        summed = self._cache[0].take(rows[:length], axis=0)
        part = np.empty_like(summed)
        for offset in range(1, WINDOWS[0]):
            # "clip", because take does not write into its target directly with "raise"
            self._cache[offset].take(rows[offset : offset + length], axis=0, out=part, mode="clip")
            summed += part
        hidden: NDArray[np.float32] = np.maximum(summed, 0, out=summed).astype(np.float32)
        return hidden

    def _upper_layers(self, first: NDArray[np.float32], candidates: NDArray[np.intp]) -> NDArray[np.float32]:
        """Return the logits of the candidates; the window of token i begins at row i of the first layer."""
        second, third = WINDOWS[1:]
        window_rows = candidates[:, None] + np.arange(third)
        is_needed = np.zeros(len(first) - second + 1, np.bool_)
        is_needed[window_rows] = True
        windows = sliding_window_view(first.reshape(-1), second * self._width)[:: self._width]
        hidden = _relu(windows[is_needed], *self._layers[1])
        position = np.cumsum(is_needed) - 1
        hidden = _relu(hidden[position[window_rows]].reshape(len(candidates), -1), *self._layers[2])
        weight, bias = self._layers[3]
        logits: NDArray[np.float32] = hidden @ weight + bias
        return logits

    def _cached_rows(self, forms: Sequence[str]) -> NDArray[np.intp]:
        """Return the row of each form in the cache; compute the forms that are not in it."""
        rows = self._cache_rows
        new = [form for form in dict.fromkeys(forms) if form not in rows]
        if new:
            if len(rows) + len(new) > CACHED_FORMS:
                rows.clear()
                new = list(dict.fromkeys(forms))
            self._cache[:, len(rows) : len(rows) + len(new)] = self._first_layer_parts(new)
            rows.update(zip(new, range(len(rows), len(rows) + len(new)), strict=True))
        return np.fromiter(map(rows.__getitem__, forms), np.intp, len(forms))

    def _first_layer_parts(self, forms: Sequence[str]) -> NDArray[np.int16]:
        """Return what each form adds to the first layer at each position of the window, in 1/1024."""
        trait_rows = [traits(form) for form in forms]
        rows = np.fromiter(chain.from_iterable(trait_rows), np.intp)
        counts = np.fromiter(map(len, trait_rows), np.intp, len(trait_rows))
        starts = np.concatenate(([0], np.cumsum(counts)[:-1]))
        embeddings = self._trait_table[rows] * self._trait_scale[rows][:, None]
        vectors = self._vectors.rows(forms)
        inputs = np.concatenate(
            [
                np.add.reduceat(embeddings, starts),
                self._vector_table[vectors] * self._vector_scale[vectors][:, None],
                self._classes.flags(forms),
            ],
            axis=1,
        ).astype(np.float32)
        weight, bias = self._layers[0]
        parts = (inputs @ weight).reshape(len(forms), WINDOWS[0], self._width)
        parts[:, 0] += bias
        rounded = np.rint(parts * _FIXED_POINT_SCALE).clip(-_MAX_PART, _MAX_PART)
        fixed: NDArray[np.int16] = rounded.astype(np.int16)
        return fixed.transpose(1, 0, 2)


def _relu(
    rows: NDArray[np.float32], weight: NDArray[np.float32], bias: NDArray[np.float32]
) -> NDArray[np.float32]:
    rows = rows @ weight
    rows += bias
    return np.maximum(rows, 0, out=rows)
