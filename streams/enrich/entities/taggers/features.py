"""The compact tagger's inputs for a token, which depend on its form alone.

Traits are attributes such as prefix, suffix and shape; each is hashed to a row of a table of embeddings. Word
vectors and name classes are found by the form's 32-bit key.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from streams.enrich.entities.surfaces import without_diacritics
from streams.enrich.entities.taggers.tokens import BREAK
from streams.enrich.entities.taggers.wordpieces import case_class

ROWS = 1 << 16
"""Rows of the table of trait embeddings. Row 0 is that of the padding."""

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
"""Name classes, a bit each: a list has the form as a name, as the beginning of one, or as a later part."""

PADDING = ""
"""The form of the tokens that are added before and after a text."""

_TRIGRAM_CHARACTERS = 12
"""Characters of a form that give trigrams."""


def shape(form: str) -> str:
    """Return the form with capitals as X, other letters as x and digits as d, runs shortened to two."""
    shaped: list[str] = []
    for character in form[:32]:
        symbol = _symbol(character)
        if shaped[-2:] != [symbol, symbol]:
            shaped.append(symbol)
    return "".join(shaped)


def _symbol(character: str) -> str:
    if character.isupper():
        return "X"
    if character.isalpha():
        return "x"
    return "d" if character.isdigit() else character


def traits(form: str) -> list[int]:
    """Return the rows of the form's traits in the table: itself, prefixes, suffixes, shape and trigrams.

    The first two are the exact and the lower-case form.
    """
    if form == PADDING:
        return [0]
    if form[0] == BREAK:
        return [_trait_row("b", form)]
    lower = form.lower()
    rows = [
        _trait_row("w", form),
        _trait_row("l", lower),
        _trait_row("s", shape(form)),
        _trait_row("c", f"{case_class(form)}{min(len(form), 6)}"),
        _trait_row("1", lower[:1]),
        _trait_row("3", lower[:3]),
        _trait_row("4", lower[:4]),
        _trait_row("5", lower[-2:]),
        _trait_row("6", lower[-3:]),
        _trait_row("7", lower[-4:]),
    ]
    if len(lower) > 3 and lower.isalpha():
        bounded = f"<{lower[:_TRIGRAM_CHARACTERS]}>"
        rows += [_trait_row("g", bounded[start : start + 3]) for start in range(len(bounded) - 2)]
    return rows


def _trait_row(kind: str, value: str) -> int:
    return 1 + crc32(f"{kind}{value}".encode("utf-8", "surrogatepass")) % (ROWS - 1)


def vector_key(form: str) -> int:
    """Return the 32-bit key of a form in the tables of vectors and classes."""
    return crc32(form.encode("utf-8", "surrogatepass"))


class FormIndex:
    """Finds a 16-bit number for each form, by its 32-bit key."""

    def __init__(self, keys: NDArray[np.uint32], numbers: NDArray[np.uint16]) -> None:
        """Take sorted keys, as `vector_key` gives them, and the number of each."""
        self._keys, self._numbers = keys, numbers

    def numbers(self, forms: Iterable[str]) -> NDArray[np.uint16]:
        """Return the number of each form as written, or 0 for a form that is not in the table."""
        wanted = np.fromiter(map(vector_key, forms), np.uint32)
        index = np.searchsorted(self._keys, wanted).clip(max=len(self._keys) - 1)
        return np.where(self._keys[index] == wanted, self._numbers[index], np.uint16(0))


class VectorIndex(FormIndex):
    """Finds the row of a form in the table of word vectors. Row 0 is that of unknown words."""

    def rows(self, forms: Sequence[str]) -> NDArray[np.intp]:
        """Return the row of each form as written, else in lower case or Title Case, else without diacritics.

        A form that is not in the table in any of these ways has row 0.
        """
        rows = self.numbers(forms).astype(np.intp)
        unknown = np.flatnonzero(rows == 0).tolist()
        for variant in (str.lower, str.title, without_diacritics):
            if variant is without_diacritics:
                unknown = [index for index in unknown if not forms[index].isascii()]
            found = self.numbers(variant(forms[index]) for index in unknown)
            rows[unknown] = found
            unknown = [index for index, row in zip(unknown, found.tolist(), strict=True) if not row]
        return rows


class ClassIndex(FormIndex):
    """Finds the name classes of a form in any case. Bit i of its number stands for `CLASSES[i]`."""

    def flags(self, forms: Sequence[str]) -> NDArray[np.float32]:
        """Return one row a form and one column a class: 1 if the form is of the class, else 0."""
        masks = self.numbers(map(str.lower, forms))
        flags: NDArray[np.float32] = (masks[:, None] >> np.arange(len(CLASSES)) & 1).astype(np.float32)
        return flags
