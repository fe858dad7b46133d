"""The compact tagger: hashed traits, small vectors and name lists under three window layers, in numpy alone.

A token's traits depend on its form alone, so its share of the first layer is computed once a form and kept;
from the first layer a gate tells the tokens that can be part of a name, and only they go through the others.
A second look weighs what the whole text says of each form.
After Collobert et al. 2011 (windows), with the hash embeddings of Miranda et al. 2022; distilled from the
accurate tagger. MODEL_CARD.md has data, licences and figures.
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
from streams.enrich.blas import load_arrays
from streams.enrich.entities.taggers import bioes
from streams.enrich.entities.taggers.base import Span
from streams.enrich.entities.taggers.features import PADDING, ClassIndex, VectorIndex, traits
from streams.enrich.entities.taggers.form_voting import agreed
from streams.enrich.entities.taggers.rescoring import SecondLook
from streams.enrich.entities.taggers.tokens import Tokens, tokenise
from streams.events import Component

MODEL = Path(__file__).parents[1] / "models" / "compact.npz"

WINDOWS = (7, 5, 3)
"""Tokens that each layer sees of the layer below."""

REACH = sum(window // 2 for window in WINDOWS)
"""Tokens to each side that a decision depends on."""

CACHED_FORMS = 10_000
"""Forms whose first layer is kept; when it is full the cache starts again. 5.4 kB each, 54 MB in all."""

CHUNK = 1024
"""Tokens computed at once: the layers' rows stay in the processor's cache."""

_FIXED = 1024.0
"""First-layer shares are kept as whole numbers of 1/1024, so that 16 bits hold them."""

_OUTSIDE = np.where(np.arange(len(bioes.TAGS)) == 0, 20.0, 0.0).astype(np.float32)
"""Logits of a token that the gate keeps from the upper layers."""

_LIMIT = np.iinfo(np.int16).max // WINDOWS[0]


class CompactTagger:
    """Tags texts with the model file that the package ships. It keeps caches: one thread at a time."""

    def __init__(self, weights: Mapping[str, NDArray[Any]]) -> None:
        """WEIGHTS as `streams.training.entities` packs them."""
        self.provenance = Component(
            name="compact", version=streams.__version__, model=str(weights["version"][()])
        )
        self._vectors = VectorIndex(weights["vector_keys"], weights["vector_rows"])
        self._classes = ClassIndex(weights["class_keys"], weights["class_masks"])
        self._vector_table, self._vector_scale = weights["vector_table"], weights["vector_scale"]
        self._trait_table, self._trait_scale = weights["trait_table"], weights["trait_scale"]
        self._layers = [
            (weights[f"weight{at}"].astype(np.float32), weights[f"bias{at}"].astype(np.float32))
            for at in range(len(WINDOWS) + 1)
        ]
        self._gate = weights["gate_weight"].astype(np.float32)
        for reader in (self._gate, self._layers[1][0]):  # both read the first layer in 1/1024
            reader /= _FIXED
        self._gate_bias = float(weights["gate_bias"][()])
        self._second_look = SecondLook(weights)
        self._width = len(self._layers[0][1])
        self._kept = np.empty((WINDOWS[0], CACHED_FORMS, self._width), np.int16)
        self._place: dict[str, int] = {}

    @classmethod
    def load(cls, path: Path = MODEL) -> CompactTagger:
        """The tagger in the model file at PATH."""
        return cls(load_arrays(path))

    def mentions(self, texts: Sequence[str]) -> list[list[Span]]:
        """The mentions of each text, in order, not overlapping and within the text."""
        return [self._mentions(tokenise(text)) for text in texts]

    def scores(self, forms: Sequence[str]) -> NDArray[np.float32]:
        """Logits of every tag at first sight, one row a token, for the tokens of one text."""
        parts = [self._chunk(forms, start) for start in range(0, len(forms), CHUNK)]
        return np.concatenate(parts) if parts else np.empty((0, len(bioes.TAGS)), np.float32)

    def _mentions(self, tokens: Tokens) -> list[Span]:
        if not tokens.forms:
            return []
        scores = self._second_look.revised(tokens.forms, self.scores(tokens.forms))
        return bioes.spans(tokens, agreed(tokens.forms, scores))

    def _chunk(self, forms: Sequence[str], start: int) -> NDArray[np.float32]:
        """Logits of the tokens from START on, CHUNK at most, with what they reach on both sides."""
        end = min(start + CHUNK, len(forms))
        before, after = max(start - REACH, 0), min(end + REACH, len(forms))
        void = [PADDING] * REACH
        seen = [*void[: REACH - (start - before)], *forms[before:after], *void[: REACH - (after - end)]]
        hidden = self._first_hidden(self._places(seen))
        margin = (len(hidden) - (end - start)) // 2
        logits = np.tile(_OUTSIDE, (end - start, 1))
        kept = np.flatnonzero(hidden[margin : margin + end - start] @ self._gate > -self._gate_bias)
        if len(kept):
            logits[kept] = self._upper_layers(hidden, kept)
        return logits

    def _first_hidden(self, places: NDArray[np.intp]) -> NDArray[np.float32]:
        """The first layer, in 1/1024, of the forms kept at PLACES, less those without a full window."""
        rows = len(places) - WINDOWS[0] + 1
        summed = self._kept[0].take(places[:rows], axis=0)
        share = np.empty_like(summed)
        for offset in range(1, WINDOWS[0]):
            # "clip": with "raise" take would not write to its target directly
            self._kept[offset].take(places[offset : offset + rows], axis=0, out=share, mode="clip")
            summed += share
        hidden: NDArray[np.float32] = np.maximum(summed, 0, out=summed).astype(np.float32)
        return hidden

    def _upper_layers(self, first: NDArray[np.float32], kept: NDArray[np.intp]) -> NDArray[np.float32]:
        """Logits of the KEPT tokens; row i of FIRST begins what token i reaches in the first layer."""
        second, third = WINDOWS[1:]
        beside = kept[:, None] + np.arange(third)
        needed = np.zeros(len(first) - second + 1, np.bool_)
        needed[beside] = True
        stretches = sliding_window_view(first.reshape(-1), second * self._width)[:: self._width]
        hidden = _relu(stretches[needed], *self._layers[1])
        place = np.cumsum(needed) - 1
        hidden = _relu(hidden[place[beside]].reshape(len(kept), -1), *self._layers[2])
        weight, bias = self._layers[3]
        logits: NDArray[np.float32] = hidden @ weight + bias
        return logits

    def _places(self, forms: Sequence[str]) -> NDArray[np.intp]:
        """Where the first layer of each form is kept; computes those that are new."""
        known = self._place
        new = [form for form in dict.fromkeys(forms) if form not in known]
        if new:
            if len(known) + len(new) > CACHED_FORMS:
                known.clear()
                new = list(dict.fromkeys(forms))
            self._kept[:, len(known) : len(known) + len(new)] = self._first_layer(new)
            known.update(zip(new, range(len(known), len(known) + len(new)), strict=True))
        return np.fromiter(map(known.__getitem__, forms), np.intp, len(forms))

    def _first_layer(self, forms: Sequence[str]) -> NDArray[np.int16]:
        """What each form gives to the first layer at each place of the window, in 1/1024."""
        described = [traits(form) for form in forms]
        rows = np.fromiter(chain.from_iterable(described), np.intp)
        counts = np.fromiter(map(len, described), np.intp, len(described))
        starts = np.concatenate(([0], np.cumsum(counts)[:-1]))
        each = self._trait_table[rows] * self._trait_scale[rows][:, None]
        vectors = self._vectors.rows(forms)
        form = np.concatenate(
            [
                np.add.reduceat(each, starts),
                self._vector_table[vectors] * self._vector_scale[vectors][:, None],
                self._classes.flags(forms),
            ],
            axis=1,
        ).astype(np.float32)
        weight, bias = self._layers[0]
        shares = (form @ weight).reshape(len(forms), WINDOWS[0], self._width)
        shares[:, 0] += bias
        fixed: NDArray[np.int16] = np.rint(shares * _FIXED).clip(-_LIMIT, _LIMIT).astype(np.int16)
        return fixed.transpose(1, 0, 2)


def _relu(
    rows: NDArray[np.float32], weight: NDArray[np.float32], bias: NDArray[np.float32]
) -> NDArray[np.float32]:
    rows = rows @ weight
    rows += bias
    return np.maximum(rows, 0, out=rows)
