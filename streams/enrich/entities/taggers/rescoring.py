"""The second look: what the rest of a text says of a form, weighed by a small trained network.

The compact tagger's window reaches six tokens to each side. Once a whole text has scores, every token that
may belong to a name is scored again from its own scores, from the types that its form has at its other
places, in the same letters and in any case, and from what the form looks like. Two stages as in Krishnan and
Manning 2006; agreement (`form_voting`) follows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.enrich.entities.taggers.bioes import TAGS, TYPES, by_type, likely, softmax

LIKELY = 8.0
"""A token is looked at when its best type's score is at most this far below that of being no name."""

FEATURES = len(TAGS) + 2 * (len(TYPES) + 1) + 6
"""What the network sees: own log-probabilities; types and number of other places, twice; looks."""

_LEAST = 1e-4


class SecondLook:
    """Scores tokens again with the document around them."""

    def __init__(self, weights: Mapping[str, NDArray[Any]]) -> None:
        """WEIGHTS as `streams.training.entities` packs them: two layers, `look_weight0` to `look_bias1`."""
        self._layers = [
            (weights[f"look_weight{at}"].astype(np.float32), weights[f"look_bias{at}"].astype(np.float32))
            for at in range(2)
        ]

    def revised(self, forms: Sequence[str], scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """SCORES, logits of the tokens FORMS of one text, after the second look; SCORES itself stays."""
        seen = likely(scores, LIKELY)
        if not len(seen):
            return scores
        features = described(forms, scores, seen)
        (inner, inner_bias), (outer, outer_bias) = self._layers
        hidden = np.maximum(features @ inner + inner_bias, 0.0)
        revised = scores.copy()
        revised[seen] = features[:, : len(TAGS)] + hidden @ outer + outer_bias
        return revised


def described(
    forms: Sequence[str], scores: NDArray[np.float32], seen: NDArray[np.intp]
) -> NDArray[np.float32]:
    """What the network sees of the tokens SEEN: one row each, FEATURES columns."""
    own = softmax(scores[seen])
    types = by_type(own)
    place: dict[str, int] = {}
    form_of = np.array([place.setdefault(forms[at], len(place)) for at in seen.tolist()], np.intp)
    lower = [form.lower() for form in place]
    lower_place = {form: at for at, form in enumerate(dict.fromkeys(lower))}
    lower_of = np.array([lower_place[form] for form in lower], np.intp)[form_of]
    standing = set(forms)
    looks = np.array(
        [
            (
                form.isupper() and len(form) > 1,
                form[0].isupper(),
                form == low and form.isalpha(),
                form != low and low in standing,
                len(form) == 1,
                form.isalpha(),
            )
            for form, low in zip(place, lower, strict=True)
        ],
        np.float32,
    )
    return np.concatenate(
        [
            np.log(own + _LEAST),
            _elsewhere(types, form_of, len(place)),
            _elsewhere(types, lower_of, len(lower_place)),
            looks[form_of],
        ],
        axis=1,
    )


def _elsewhere(types: NDArray[np.float32], form_of: NDArray[np.intp], forms: int) -> NDArray[np.float32]:
    """Mean TYPES at the other places of each token's form, as logarithms, and how many places there are."""
    together = np.zeros((forms, len(TYPES)), np.float32)
    np.add.at(together, form_of, types)
    others = np.bincount(form_of, minlength=forms)[form_of, None].astype(np.float32) - 1
    mean = np.log((together[form_of] - types).clip(0) / others.clip(1) + _LEAST)
    return np.concatenate([np.where(others > 0, mean, 0.0), np.log1p(others)], axis=1)
