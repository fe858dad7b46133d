"""Tokens with their places in the text; the unit on which every trained tagger decides."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

BREAK = "\n"
"""The token that stands for one line's end; a blank line is two of them."""

LONGEST = 64
"""Characters in the longest token; what is longer becomes several, so that no input makes one huge token."""

TOKEN = re.compile(
    r"""
    https?://[^\s<>"]{1,512} | www\.[^\s<>"]{1,512}             # web addresses stay whole: no names inside
  | (?:[A-Z]\.){2,8}                                            # U.S., J.R.R.
  | (?:Mr|Mrs|Ms|Dr|St|Jr|Sr|Gen|Sen|Rep|Gov|Lt|Col|Sgt|Capt|Rev|Prof|Hon|Inc|Corp|Co|Ltd|Bros|No|vs|Mt|Ft)\.
  | [A-Z]\.(?=\s?[A-Z])                                         # an initial: J. Edgar
  | ['’]s\b                                                     # the genitive is no part of a name
  | \d+(?:[.,:]\d+)*                                            # 1,200.50, 10:30
  | [OD]['’][A-Z][^\W\d_]{1,63}                                 # O'Brien, D'Alema
  | [^\W\d_]{1,64}(?:['’](?!s\b)[^\W\d_]{1,64})?\d{0,8}         # words, don't, COP26
  | \n[^\S\n]*(?:\n\s*)?                                        # a line's end; a blank line
  | [^\s\w] | _
  | [^\W_]
    """,
    re.VERBOSE,
)


class Tokens(NamedTuple):
    """Surface forms and the half-open positions that they have in the text, in order."""

    forms: list[str]
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]


def tokenise(text: str) -> Tokens:
    """Words, numbers, punctuation and line ends of TEXT; white space between them is left out. Linear."""
    forms: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in TOKEN.finditer(text):
        form = match[0]
        start, end = match.span()
        if form[0] == BREAK:
            form = BREAK * 2 if form.count(BREAK) > 1 else BREAK
        forms.append(form)
        starts.append(start)
        ends.append(end)
    return Tokens(forms, np.array(starts, np.int32), np.array(ends, np.int32))
