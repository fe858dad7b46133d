"""Form voting: all places of a text where one form stands vote on the type of the name.

A tagger sees a window of words. "Madison" may look like a place in one sentence and like a person in three
others. Each token moves from its own probabilities of the types towards their sum over all places. The
vote does not change whether a token belongs to a name, or where the name ends.
After the non-local features of Krishnan and Manning 2006, but without training. Document consistency
(`consistency`) follows on whole mentions.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from streams.enrich.entities.taggers.bioes import TYPES, candidate_rows, softmax, sum_by_type

WEIGHT = 0.7
"""How far a token moves from its own probabilities (0) to those of all places of its form (1)."""

MARGIN = 5.0
"""A token votes if its best tag of a name is less than this below O, in logits."""

_SMOOTHING = 1e-6


def vote_on_types(forms: Sequence[str], scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the logits of one text's tokens after the vote on the types of capitalised forms.

    One row a token, one column a tag as in `bioes.TAGS`. `scores` is not changed, and is returned if no form
    stands twice.
    """
    voters = [
        row
        for row in candidate_rows(scores, MARGIN).tolist()
        if forms[row][0].isupper() and len(forms[row]) > 1
    ]
    form_index: dict[str, int] = {}
    form_of = np.array([form_index.setdefault(forms[row], len(form_index)) for row in voters], np.intp)
    if len(form_index) == len(voters):
        return scores
    rows = scores[voters]
    types = sum_by_type(softmax(rows)) + _SMOOTHING
    sums = np.zeros((len(form_index), len(TYPES)), np.float32)
    np.add.at(sums, form_of, types)
    own = types / types.sum(1, keepdims=True)
    all_places = sums / sums.sum(1, keepdims=True)
    moved = scores.copy()
    rows[:, 1:] += np.repeat(WEIGHT * np.log(all_places[form_of] / own), 4, axis=1)
    moved[voters] = rows
    return moved
