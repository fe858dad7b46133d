"""Word pieces and their case classes: the input of the accurate tagger, whose vocabulary has no case."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.enrich.entities.taggers.tokens import BREAK

WINDOW = 254
"""Word pieces of a window, without the marks that open and close it."""

PIECES_PER_TOKEN = 8
"""Pieces of a token that are kept. Its tag depends on the first."""

CASES = 9
"""Number of case classes."""

_CACHED_FORMS = 200_000

_MAX_CHARACTERS = 100
"""Characters of a token that are cut into pieces."""

_WORD = re.compile(r"[^\W_\u3400-\u9fff]+|[\u3400-\u9fff]|[^\s\w]|_")  # each Chinese character is a word


def case_class(form: str) -> int:
    """Return the case class of a form, 1 to 8.

    1 lower, 2 Title, 3 UPPER, 4 miXed, 5 one capital, 6 digits, 7 letters and digits, 8 other. Line ends and
    the marks of a window have class 0.
    """
    if form.isalpha():
        if form.islower():
            return 1
        if form.isupper():
            return 5 if len(form) == 1 else 3
        return 2 if form[0].isupper() and form[1:].islower() else 4
    if form[0].isdigit():
        return 6 if not any(character.isalpha() for character in form) else 7
    letters = "".join(filter(str.isalpha, form))
    if letters and any(map(str.isdigit, form)):
        return 7
    return case_class(letters) if letters else 8


class Pieces(NamedTuple):
    """A text as word pieces: ids, case classes, and the index of the token that begins there, or -1."""

    ids: NDArray[np.int32]
    cases: NDArray[np.int32]
    first_of: NDArray[np.int32]


class WordPieces:
    """Cuts tokens into the word pieces of an uncased BERT vocabulary, with a cache.

    Accents are dropped and punctuation is split off; then the longest piece is taken first (Devlin et al.
    2019).
    """

    def __init__(self, vocabulary: Path) -> None:
        """Read BERT's `vocab.txt`: one piece a line; its id is the number of the line, from 0."""
        pieces = vocabulary.read_text(encoding="utf-8").splitlines()
        self._ids = {piece: number for number, piece in enumerate(pieces)}
        self.opening, self.closing, self.unknown = (self._ids[mark] for mark in ("[CLS]", "[SEP]", "[UNK]"))
        self._cache: dict[str, tuple[int, ...]] = {}

    def cut(self, forms: Sequence[str]) -> Pieces:
        """Return the pieces of the tokens `forms`. A line end becomes the mark that closes a sentence."""
        if len(self._cache) > _CACHED_FORMS:
            self._cache.clear()
        for form in forms:
            if form not in self._cache:
                self._cache[form] = self._pieces(form)
        ids: list[int] = []
        cases: list[int] = []
        first_of: list[int] = []
        for token, form in enumerate(forms):
            pieces = self._cache[form]
            ids += pieces
            cases += [0 if form[0] == BREAK else case_class(form)] * len(pieces)
            first_of += [token] + [-1] * (len(pieces) - 1)
        return Pieces(np.array(ids, np.int32), np.array(cases, np.int32), np.array(first_of, np.int32))

    def _pieces(self, form: str) -> tuple[int, ...]:
        if form[0] == BREAK:
            return (self.closing,)
        plain = unicodedata.normalize("NFD", form[:_MAX_CHARACTERS].lower())
        plain = "".join(character for character in plain if unicodedata.category(character) != "Mn")
        ids: list[int] = []
        for word in _WORD.findall(plain):
            ids += self._longest_first(word)
            if len(ids) >= PIECES_PER_TOKEN:
                break
        return tuple(ids[:PIECES_PER_TOKEN]) or (self.unknown,)

    def _longest_first(self, word: str) -> list[int]:
        ids: list[int] = []
        start = 0
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = self._ids.get(("##" if start else "") + word[start:end])
                if piece is not None:
                    ids.append(piece)
                    start = end
                    break
            else:
                return [self.unknown]
        return ids


def windows(pieces: Pieces, stops: NDArray[np.bool_], size: int = WINDOW) -> Iterator[slice]:
    """Yield stretches of up to `size` pieces that cover a text and cut no token in two.

    A stretch ends after a stop if its last third has one. `stops` is True for each piece that ends a sentence
    or a line.
    """
    start, total = 0, len(pieces.ids)
    while start < total:
        end = min(start + size, total)
        if end < total:
            earliest = start + size * 2 // 3
            candidates = np.flatnonzero(stops[earliest:end])
            if len(candidates):
                end = earliest + int(candidates[-1]) + 1
            while end > start + 1 and pieces.first_of[end] < 0:
                end -= 1
        yield slice(start, end)
        start = end
