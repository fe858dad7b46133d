"""Word pieces of running text: the input of an encoder whose vocabulary has no case.

The rules are those of uncased BERT (Devlin et al. 2019): the library tokenizers cuts the same pieces. The
marks of the vocabulary are not read from a text: "[SEP]" in an article is three words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

VOCABULARY = Path(__file__).parent / "entities" / "models" / "wordpieces.txt"
"""The word pieces of all-MiniLM-L6-v2."""

MAX_CHARACTERS = 100
"""Characters of a word that is cut into pieces; a longer word is unknown."""

_CACHED_WORDS = 30_000

# Control characters are removed, so they do not separate words.
_RUN = re.compile(r"(?:\S|[\x0b\x0c\x1c-\x1f\x85])+")
_ASCII_WORD = re.compile(r"[a-z0-9]+|[^a-z0-9]")
_CONTROL = frozenset(["Cc", "Cf", "Co", "Cs"])

_CHINESE = re.compile(
    "([\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002a6df\U0002a700-\U0002b73f"
    "\U0002b740-\U0002b81f\U0002b920-\U0002ceaf\U0002f800-\U0002fa1f])"
)


class WordPieceCutter:
    """Cuts texts into the word pieces of a vocabulary, with a cache. Not safe for several threads."""

    def __init__(self, vocabulary: Path) -> None:
        """Read BERT's `vocab.txt`: one piece a line; its id is the number of the line, from 0."""
        pieces = vocabulary.read_text(encoding="utf-8").splitlines()
        self._ids = {piece: number for number, piece in enumerate(pieces)}
        self.opening, self.closing, self.unknown = (self._ids[mark] for mark in ("[CLS]", "[SEP]", "[UNK]"))
        self._cache: dict[str, tuple[int, ...]] = {}

    def __len__(self) -> int:
        return len(self._ids)

    def cut(self, text: str, most: int) -> list[int]:
        """Return the ids of the first `most` pieces of `text`, which is read no further."""
        ids: list[int] = []
        for run in _RUN.finditer(text):
            ids += self._pieces_of(run[0])
            if len(ids) >= most:
                break
        return ids[:most]

    def cut_marked(self, text: str, most: int) -> list[int]:
        """Return the ids of the first pieces of `text` between the marks at both ends, `most` ids in all."""
        return [self.opening, *self.cut(text, most - 2), self.closing]

    def _pieces_of(self, run: str) -> tuple[int, ...]:
        """Return the ids of the pieces of a text without spaces."""
        pieces = self._cache.get(run)
        if pieces is None:
            pieces = tuple(number for word in _words(run) for number in self._longest_first(word))
            if len(self._cache) >= _CACHED_WORDS:
                self._cache.clear()
            if len(run) <= MAX_CHARACTERS:
                self._cache[run] = pieces
        return pieces

    def _longest_first(self, word: str) -> list[int]:
        if len(word) > MAX_CHARACTERS:
            return [self.unknown]
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


def _words(run: str) -> Iterator[str]:
    """Yield the words of a text without spaces, in lower case and without accents.

    Each punctuation mark and each Chinese character is a word.
    """
    if run.isascii() and run.isprintable():
        yield from _ASCII_WORD.findall(run.lower())
        return
    kept = "".join(mark for mark in run if mark != "\ufffd" and unicodedata.category(mark) not in _CONTROL)
    for part in _CHINESE.split(kept):
        marks = (mark for mark in unicodedata.normalize("NFD", part) if unicodedata.category(mark) != "Mn")
        # Each character by itself, because Python lowers a sigma at the end of a word differently.
        word = ""
        for mark in "".join(map(str.lower, marks)):
            if _is_punctuation(mark):
                if word:
                    yield word
                yield mark
                word = ""
            else:
                word += mark
        if word:
            yield word


def _is_punctuation(character: str) -> bool:
    """Return True for Unicode's punctuation, and for all other printable ASCII but letters and digits."""
    if character.isascii():
        return character.isprintable() and not character.isalnum()
    return unicodedata.category(character).startswith("P")
