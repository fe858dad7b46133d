"""Agreement: the places of a text where a word stands vote together on the type that it names.

A tagger sees a window; "Madison" may look like a place in one sentence and plainly be a person in three
others. Each place says how likely it holds every type, and all move towards the sum. Whether a token belongs
to a name, and where the name ends, stays what the window says. After the non-local features of Krishnan and
Manning 2006, at decoding alone: nothing is trained. Document consistency (`consistency`) follows on whole
mentions.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from streams.enrich.entities.taggers.bioes import TYPES, by_type, likely, softmax

WEIGHT = 0.7
"""How far a token moves from its own opinion (0) to that of all places where its form stands (1)."""

LIKELY = 5.0
"""A token votes when its best type's score is at most this far below that of being no name."""

_LEAST = 1e-6


def agreed(forms: Sequence[str], scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """SCORES of the tokens FORMS of one text, as logits, with the types of capitalised forms agreed on.

    One row a token, one column a tag as in `bioes.TAGS`; SCORES itself stays as it was.
    """
    voters = [at for at in likely(scores, LIKELY).tolist() if forms[at][0].isupper() and len(forms[at]) > 1]
    ballots: dict[str, int] = {}
    ballot_of = np.array([ballots.setdefault(forms[at], len(ballots)) for at in voters], np.intp)
    if len(ballots) == len(voters):  # no form stands twice
        return scores
    rows = scores[voters]
    types = by_type(softmax(rows)) + _LEAST
    together = np.zeros((len(ballots), len(TYPES)), np.float32)
    np.add.at(together, ballot_of, types)
    own = types / types.sum(1, keepdims=True)
    all_places = together / together.sum(1, keepdims=True)
    moved = scores.copy()
    rows[:, 1:] += np.repeat(WEIGHT * np.log(all_places[ballot_of] / own), 4, axis=1)
    moved[voters] = rows
    return moved
