"""Tokens and their positions in the text: the unit that every trained tagger tags."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

BREAK = "\n"
"""The form of a line end. A blank line has the form BREAK * 2."""

LONGEST = 64
"""Characters of the longest word. A longer one becomes several tokens, which bounds their size."""

TOKEN = re.compile(
    r"""
    (?:
        https?://[^\s<>"]{1,512} | www\.[^\s<>"]{1,512}         # web addresses contain no names
      | vs\. | [a-z]{1,64}(?![^\W_]|['’])                       # most words, matched first for speed
      | (?:[A-Z]\.){2,8}                                        # U.S., J.R.R.
      | (?:Mr|Mrs|Ms|Dr|St|Jr|Sr|Gen|Sen|Rep|Gov|Lt|Col|Sgt|Capt|Rev|Prof|Hon|Inc|Corp|Co|Ltd|Bros|No|Mt|Ft)\.
      | [A-Z]\.(?=\s?[A-Z])                                     # an initial: J. Edgar
      | ['’]s\b                                                 # the genitive is not part of a name
      | \d+(?:[.,:]\d+)*                                        # 1,200.50, 10:30
      | [OD]['’][A-Z][^\W\d_]{1,63}                             # O'Brien, D'Alema
      | [^\W\d_]{1,64}(?:['’](?!s\b)[^\W\d_]{1,64})?\d{0,8}     # words, don't, COP26
      | \n[^\S\n]*(?:\n\s*)?                                    # a line end; a blank line
      | [^\s\w] | _
      | [^\W_]
    )[^\S\n]*
    """,
    re.VERBOSE,
)
"""A token and the white space after it, so that there is no gap between matches."""

_LEADING_SPACE = re.compile(r"[^\S\n]*")


class Tokens(NamedTuple):
    """The forms of the tokens of a text, in order, and their half-open positions."""

    forms: list[str]
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]


def tokenise(text: str) -> Tokens:
    """Return the words, numbers, marks and line ends of a text, without other white space, in linear time."""
    leading_space = _LEADING_SPACE.match(text)
    offset = leading_space.end() if leading_space else 0
    matches = TOKEN.findall(text, offset)
    forms = list(map(str.rstrip, matches))
    lengths = np.fromiter(map(len, matches), np.int32, len(matches))
    starts = offset + np.cumsum(lengths, dtype=np.int32) - lengths
    sizes = np.fromiter(map(len, forms), np.int32, len(forms))
    for index in np.flatnonzero(sizes == 0).tolist():  # line ends are white space, which rstrip removed
        forms[index] = BREAK * 2 if matches[index].count(BREAK) > 1 else BREAK
        sizes[index] = lengths[index]
    return Tokens(forms, starts, starts + sizes)
