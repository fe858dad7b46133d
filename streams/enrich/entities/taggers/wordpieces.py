"""Word pieces with the case that an uncased encoder cannot see: the input of the accurate tagger."""

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
"""Word pieces between the opening and the closing mark of a window."""

PIECES_PER_TOKEN = 8
"""What a token has beyond this many pieces is left out: its tag hangs on the first."""

CASES = 9
"""Classes of `case_class`."""

_CACHED = 200_000

_LONGEST = 100

_WORD = re.compile(r"[^\W_\u3400-\u9fff]+|[\u3400-\u9fff]|[^\s\w]|_")  # every Chinese character is a word


def case_class(form: str) -> int:
    """0 a mark, 1 lower, 2 Title, 3 UPPER, 4 miXed, 5 a capital, 6 digits, 7 letters and digits, 8 other."""
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
    """A text as word pieces: ids, case classes, and the token that each is the first piece of, or -1."""

    ids: NDArray[np.int32]
    cases: NDArray[np.int32]
    first_of: NDArray[np.int32]


class WordPieces:
    """Cuts tokens into the word pieces of an uncased BERT vocabulary; remembers those that it has cut before.

    Lower case, accents dropped, punctuation apart, then the longest piece first (Devlin et al. 2019).
    """

    def __init__(self, vocabulary: Path) -> None:
        """VOCABULARY is BERT's `vocab.txt`: one piece a line, its id the line's number from 0."""
        pieces = vocabulary.read_text(encoding="utf-8").splitlines()
        self._ids = {piece: at for at, piece in enumerate(pieces)}
        self.opening, self.closing, self.unknown = (self._ids[mark] for mark in ("[CLS]", "[SEP]", "[UNK]"))
        self._cut: dict[str, tuple[int, ...]] = {}

    def cut(self, forms: Sequence[str]) -> Pieces:
        """FORMS as pieces; a line's end becomes the mark that closes a sentence."""
        if len(self._cut) > _CACHED:
            self._cut.clear()
        for form in forms:
            if form not in self._cut:
                self._cut[form] = self._pieces(form)
        ids: list[int] = []
        cases: list[int] = []
        first_of: list[int] = []
        for at, form in enumerate(forms):
            pieces = self._cut[form]
            ids += pieces
            cases += [0 if form[0] == BREAK else case_class(form)] * len(pieces)
            first_of += [at] + [-1] * (len(pieces) - 1)
        return Pieces(np.array(ids, np.int32), np.array(cases, np.int32), np.array(first_of, np.int32))

    def _pieces(self, form: str) -> tuple[int, ...]:
        if form[0] == BREAK:
            return (self.closing,)
        bare = unicodedata.normalize("NFD", form[:_LONGEST].lower())
        bare = "".join(character for character in bare if unicodedata.category(character) != "Mn")
        ids: list[int] = []
        for word in _WORD.findall(bare):
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
    """Stretches of at most SIZE pieces that cover PIECES, cut after a stop where the last third has one.

    STOPS says of each piece whether a sentence or line ends with it. No token is cut in two.
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
