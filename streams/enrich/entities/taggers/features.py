"""What the compact tagger sees of a token: hashed traits of its form, its word vector, its name classes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from streams.enrich.entities.taggers.tokens import BREAK
from streams.enrich.entities.taggers.wordpieces import case_class

ROWS = 1 << 16
"""Rows of the table of trait embeddings; row 0 is kept for the void around a text."""

CLASSES = (
    "place",
    "place_begins",
    "place_goes_on",
    "demonym",
    "large_city",
    "city",
    "city_begins",
    "city_goes_on",
    "organization",
    "organization_begins",
    "organization_goes_on",
    "given_name",
    "surname",
)
"""What lists of names say of a token: that it is a name, begins one or goes on with one. A bit each."""

PADDING = ""
"""The form of the void before and after a text."""

_TRIGRAMS = 12


def shape(form: str) -> str:
    """FORM with capitals as X, other letters as x and digits as d, runs shortened to two."""
    shaped: list[str] = []
    for character in form[:32]:
        kind = (
            "X"
            if character.isupper()
            else "x"
            if character.isalpha()
            else "d"
            if character.isdigit()
            else character
        )
        if shaped[-2:] != [kind, kind]:
            shaped.append(kind)
    return "".join(shaped)


def traits(form: str) -> list[int]:
    """Rows of the trait table that describe FORM: itself, its beginning and end, shape and letter trigrams.

    The first two rows are those of the exact and of the lower-case form.
    """
    if form == PADDING:
        return [0]
    if form[0] == BREAK:
        return [_row("b", form)]
    low = form.lower()
    rows = [
        _row("w", form),
        _row("l", low),
        _row("s", shape(form)),
        _row("c", f"{case_class(form)}{min(len(form), 6)}"),
        _row("1", low[:1]),
        _row("3", low[:3]),
        _row("4", low[:4]),
        _row("5", low[-2:]),
        _row("6", low[-3:]),
        _row("7", low[-4:]),
    ]
    if len(low) > 3 and low.isalpha():
        marked = f"<{low[:_TRIGRAMS]}>"
        rows += [_row("g", marked[at : at + 3]) for at in range(len(marked) - 2)]
    return rows


def _row(kind: str, value: str) -> int:
    return 1 + crc32(f"{kind}{value}".encode("utf-8", "surrogatepass")) % (ROWS - 1)


def vector_key(form: str) -> int:
    """The 32 bits under which the vector of FORM is kept."""
    return crc32(form.encode("utf-8", "surrogatepass"))


class FormIndex:
    """Finds what a table says of forms: sorted 32-bit keys, a 16-bit number for each."""

    def __init__(self, keys: NDArray[np.uint32], numbers: NDArray[np.uint16]) -> None:
        """KEYS are those of `vector_key`, sorted; a form without a key has the number 0."""
        self._keys, self._numbers = keys, numbers

    def numbers(self, forms: Iterable[str]) -> NDArray[np.uint16]:
        """The number of each form as it is written, 0 where there is none."""
        wanted = np.fromiter(map(vector_key, forms), np.uint32)
        at = np.searchsorted(self._keys, wanted).clip(max=len(self._keys) - 1)
        return np.where(self._keys[at] == wanted, self._numbers[at], np.uint16(0))


class VectorIndex(FormIndex):
    """Finds a form's row in a table of word vectors; row 0 is what unknown words get."""

    def rows(self, forms: Sequence[str]) -> NDArray[np.intp]:
        """The row of each form, by itself, in lower case or in Title Case; 0 where there is none."""
        found = self.numbers(forms)
        for variant in (str.lower, str.title):
            found = np.where(found, found, self.numbers(map(variant, forms)))
        return found.astype(np.intp)


class ClassIndex(FormIndex):
    """Finds the CLASSES of a form, whatever its case: bit i of its number is the class with index i."""

    def flags(self, forms: Sequence[str]) -> NDArray[np.float32]:
        """One row a form, one column a class: 1 where the form is of the class, else 0."""
        masks = self.numbers(map(str.lower, forms))
        flags: NDArray[np.float32] = (masks[:, None] >> np.arange(len(CLASSES)) & 1).astype(np.float32)
        return flags
