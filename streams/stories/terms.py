"""The words of a text as hashes, with their rarity in the news at large.

The table that ships tells how common the words of English news are, so that an empty index knows it. Words
that it does not have are rare. A word is hashed once: the tables of this module remember it.
"""

from __future__ import annotations

import math
import zlib
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint32]

RARITY_UNIT = 25.0
"""A rarity of one byte is in this part of a natural logarithm: 9 000 articles, one has the word, is 228."""

_TOO_COMMON = 0.5  # of all articles
_PLURALS = 3  # letters that a word has at least before its s
_MOST_WORDS = 200_000  # that are remembered
_UNSPACED = 24  # bytes a word; more of them is a script without spaces
_SIGNS = tuple(sign.encode() for sign in "’“”—–‘…")  # those of English news, most frequent first
_OTHER_SIGNS = tuple(sign.encode() for sign in "«»\u00a0„。、，：；？！（）「」¿¡")
_FOREIGN = 1.03  # bytes a character
_SEPARATED = bytes(code if code > 127 or chr(code).isalnum() else 32 for code in range(256)).lower()


class Words(dict[bytes, int]):
    """A number for each word that was met; `hashes`, `stems` and `rarities` have a place for each number."""

    hashes: Hashes
    stems: Hashes
    rarities: NDArray[Any]

    def __init__(self) -> None:
        super().__init__()
        with np.load(str(files("streams.stories").joinpath("background.npz"))) as table:
            self._articles = int(table["articles"])
            known = zip(table["hashes"].tolist(), table["articles_with"].tolist(), strict=True)
            self._common: dict[int, int] = dict(known)
        self._forget()

    def numbers(self, words: list[bytes]) -> NDArray[np.int32]:
        """Return the number of each of `words`."""
        if len(self) > _MOST_WORDS:
            self._forget()
        return np.fromiter(map(self.__getitem__, words), dtype=np.int32, count=len(words))

    def rarity(self, term: int) -> int:
        """Return the rarity of the term with the hash `term` in one byte; 0 for a word that tells nothing."""
        share = max(self._common.get(term, 0), 1) / self._articles
        return 0 if share > _TOO_COMMON else round(-math.log(share) * RARITY_UNIT)

    def __missing__(self, word: bytes) -> int:
        number = len(self)
        if number == len(self.hashes):
            self.hashes, self.stems, self.rarities = map(_doubled, (self.hashes, self.stems, self.rarities))
        self.hashes[number] = zlib.crc32(word)
        self.stems[number] = stem = hash_term(stem_of(word))
        self.rarities[number] = 0 if len(word) == 1 else self.rarity(stem)
        self[word] = number
        return number

    def _forget(self) -> None:
        self.clear()
        self.hashes = np.zeros(4096, dtype=np.uint32)
        self.stems = np.zeros(4096, dtype=np.uint32)
        self.rarities = np.zeros(4096, dtype=np.uint8)


def _doubled(table: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate([table, np.zeros_like(table)])


def hash_term(term: bytes) -> int:
    """Return the hash of `term`, in 32 bits."""
    return zlib.crc32(term, 0x5741)


def stem_of(word: bytes) -> bytes:
    """Return `word`, which is in lower case, without the s of a plural."""
    if len(word) > _PLURALS + 1 and word.endswith(b"ies"):
        return word[:-3] + b"y"
    return word[:-1] if len(word) > _PLURALS and word.endswith(b"s") and not word.endswith(b"ss") else word


def split_words(text: str) -> list[bytes]:
    """Return the words of `text` in lower case as UTF-8, or its letters in a script without spaces."""
    encoded = text.encode("utf-8", "surrogatepass")
    if len(encoded) > len(text):
        signs = _SIGNS
        if len(encoded) > _FOREIGN * len(text):
            encoded, signs = text.lower().encode("utf-8", "surrogatepass"), _SIGNS + _OTHER_SIGNS
        for sign in signs:
            encoded = encoded.replace(sign, b" ")
    words = encoded.translate(_SEPARATED).split()
    if len(encoded) > max(len(text), _UNSPACED * len(words)):
        return [letter.encode("utf-8", "surrogatepass") for letter in text.lower() if letter.isalnum()]
    return words
