"""Silver text, and the random changes of case that both kinds of text get in training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.enrich.entities.taggers.tokens import BREAK

LOWERED, UPPERED, TITLED = 0.08, 0.06, 0.06
"""Shares of lines that change to lower case, to capitals and to Title Case."""


@dataclass(frozen=True)
class Silver:
    """A text as tokens, with the teacher's probability of every tag, one row a token."""

    forms: Sequence[str]
    probabilities: NDArray[np.float16]


def change_case(forms: Sequence[str], rng: np.random.Generator) -> list[str]:
    """Return `forms` with a share of their lines in lower case, in capitals or in Title Case."""
    changed: list[str] = []
    change = None
    for at, form in enumerate(forms):
        if at == 0 or forms[at - 1][0] == BREAK:
            change = _change_of_line(rng.random())
        if change is str.capitalize and not form.islower():
            changed.append(form)
        else:
            changed.append(change(form) if change else form)
    return changed


def _change_of_line(draw: float) -> Callable[[str], str] | None:
    """Return what changes the case of a line, given a random number from 0 to 1."""
    if draw < LOWERED:
        return str.lower
    if draw < LOWERED + UPPERED:
        return str.upper
    if draw < LOWERED + UPPERED + TITLED:
        return str.capitalize
    return None
