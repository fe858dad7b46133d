"""Rescoring: a small trained network scores tokens again with what the rest of the text says of their forms.

The compact tagger's window reaches six tokens to each side. Once a whole text has scores, every token that
may belong to a name is scored again from three inputs: its own scores, the types of its form at other places
(with the same letters and in any case), and the look of the form.
Two stages as in Krishnan and Manning 2006; form voting (`form_voting`) follows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.enrich.entities.taggers.bioes import TAGS, TYPES, candidate_rows, softmax, sum_by_type

MARGIN = 8.0
"""A token is scored again if its best tag of a name is less than this below O, in logits."""

FEATURES = len(TAGS) + 2 * (len(TYPES) + 1) + 6
"""Inputs: own log-probabilities; types at other places and number of places, twice; the look of the form."""

_SMOOTHING = 1e-4


class Rescorer:
    """Scores the tokens of a text again with the whole text as context."""

    def __init__(self, weights: Mapping[str, NDArray[Any]]) -> None:
        """Take two layers, `look_weight0` to `look_bias1`, as `streams.training.entities` names them."""
        self._layers = [
            (
                weights[f"look_weight{layer}"].astype(np.float32),
                weights[f"look_bias{layer}"].astype(np.float32),
            )
            for layer in range(2)
        ]

    def rescore(self, forms: Sequence[str], scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the new logits of one text's tokens. `scores` is not changed."""
        candidates = candidate_rows(scores, MARGIN)
        if not len(candidates):
            return scores
        features = token_features(forms, scores, candidates)
        (inner, inner_bias), (outer, outer_bias) = self._layers
        hidden = np.maximum(features @ inner + inner_bias, 0.0)
        rescored = scores.copy()
        rescored[candidates] = features[:, : len(TAGS)] + hidden @ outer + outer_bias
        return rescored


def token_features(
    forms: Sequence[str], scores: NDArray[np.float32], candidates: NDArray[np.intp]
) -> NDArray[np.float32]:
    """Return the network's inputs for the candidates, which are rows of `scores`.

    One row a candidate, `FEATURES` columns.
    """
    own = softmax(scores[candidates])
    types = sum_by_type(own)
    form_index: dict[str, int] = {}
    form_of = np.array(
        [form_index.setdefault(forms[row], len(form_index)) for row in candidates.tolist()], np.intp
    )
    lower = [form.lower() for form in form_index]
    lower_index = {form: index for index, form in enumerate(dict.fromkeys(lower))}
    lower_of = np.array([lower_index[form] for form in lower], np.intp)[form_of]
    return np.concatenate(
        [
            np.log(own + _SMOOTHING),
            _other_places(types, form_of, len(form_index)),
            _other_places(types, lower_of, len(lower_index)),
            _looks(list(form_index), lower, set(forms))[form_of],
        ],
        axis=1,
    )


def _looks(forms: Sequence[str], lower: Sequence[str], all_forms: set[str]) -> NDArray[np.float32]:
    """Return six flags for each form, among them whether the text also has it in lower case."""
    return np.array(
        [
            (
                form.isupper() and len(form) > 1,
                form[0].isupper(),
                form == in_lower and form.isalpha(),
                form != in_lower and in_lower in all_forms,
                len(form) == 1,
                form.isalpha(),
            )
            for form, in_lower in zip(forms, lower, strict=True)
        ],
        np.float32,
    )


def _other_places(types: NDArray[np.float32], form_of: NDArray[np.intp], forms: int) -> NDArray[np.float32]:
    """Return the log of the mean types at the other places of each token's form, and how many there are."""
    sums = np.zeros((forms, len(TYPES)), np.float32)
    np.add.at(sums, form_of, types)
    others = np.bincount(form_of, minlength=forms)[form_of, None].astype(np.float32) - 1
    mean = np.log((sums[form_of] - types).clip(0) / others.clip(1) + _SMOOTHING)
    return np.concatenate([np.where(others > 0, mean, 0.0), np.log1p(others)], axis=1)
