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
    (?:
        https?://[^\s<>"]{1,512} | www\.[^\s<>"]{1,512}         # web addresses stay whole: no names inside
      | vs\. | [a-z]{1,64}(?![^\W_]|['’])                       # most words, found without trying the rest
      | (?:[A-Z]\.){2,8}                                        # U.S., J.R.R.
      | (?:Mr|Mrs|Ms|Dr|St|Jr|Sr|Gen|Sen|Rep|Gov|Lt|Col|Sgt|Capt|Rev|Prof|Hon|Inc|Corp|Co|Ltd|Bros|No|Mt|Ft)\.
      | [A-Z]\.(?=\s?[A-Z])                                     # an initial: J. Edgar
      | ['’]s\b                                                 # the genitive is no part of a name
      | \d+(?:[.,:]\d+)*                                        # 1,200.50, 10:30
      | [OD]['’][A-Z][^\W\d_]{1,63}                             # O'Brien, D'Alema
      | [^\W\d_]{1,64}(?:['’](?!s\b)[^\W\d_]{1,64})?\d{0,8}     # words, don't, COP26
      | \n[^\S\n]*(?:\n\s*)?                                    # a line's end; a blank line
      | [^\s\w] | _
      | [^\W_]
    )[^\S\n]*
    """,
    re.VERBOSE,
)
"""A token and the white space behind it, so that matches follow one another without a gap."""

_MARGIN = re.compile(r"[^\S\n]*")


class Tokens(NamedTuple):
    """Surface forms and the half-open positions that they have in the text, in order."""

    forms: list[str]
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]


def tokenise(text: str) -> Tokens:
    """Words, numbers, punctuation and line ends of TEXT; white space between them is left out. Linear."""
    found = _MARGIN.match(text)
    margin = found.end() if found else 0
    pieces = TOKEN.findall(text, margin)
    forms = list(map(str.rstrip, pieces))
    lengths = np.fromiter(map(len, pieces), np.int32, len(pieces))
    starts = margin + np.cumsum(lengths, dtype=np.int32) - lengths
    sizes = np.fromiter(map(len, forms), np.int32, len(forms))
    for at in np.flatnonzero(sizes == 0).tolist():  # line ends are white space too
        forms[at] = BREAK * 2 if pieces[at].count(BREAK) > 1 else BREAK
        sizes[at] = lengths[at]
    return Tokens(forms, starts, starts + sizes)
