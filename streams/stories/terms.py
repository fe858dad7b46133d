"""The words of a text as hashes, with their rarity in the news at large.

The hashes of all words of a text are computed at once: the hash of a word is a polynomial in its bytes, so it
is the difference of two sums over the text. The table that ships tells how common the words of English news
are, so that an empty index knows it. Words that it does not have are rare.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint32]
Wide = NDArray[np.uint64]
Places = NDArray[np.int64]

RARITY_UNIT = 25.0
"""A rarity of one byte is in this part of a natural logarithm: 9 000 articles, one has the word, is 228."""
ODD = np.uint32(0x9E3779B1)
"""A factor that spreads hashes over buckets (Knuth's multiplicative hashing)."""
MOST_BYTES = 300_000
"""Of a text that are read; a longer one is cut."""

_TOO_COMMON = 0.5  # of all articles
_PLURALS = 3  # letters that a word has at least before its s
_UNSPACED = 24  # bytes a word; more of them is a script without spaces
_FOREIGN = 1.03  # bytes a character
_SPACE = 32
_SEPARATED = bytes(code if code > 127 or chr(code).isalnum() else _SPACE for code in range(256)).lower()
_LATIN_SIGN = 0xC2  # the first byte in UTF-8 of the signs of Latin-1, which are two bytes
_WESTERN, _EASTERN, _SIGN = 0xE2, 0xE3, 0x80  # the first two of the signs of typography and CJK, three bytes
_WIDE_SIGNS = re.compile("[，：；？！（）]")  # faster than str.translate, which looks up every letter
_S, _E, _I = (ord(letter) - _SPACE for letter in "sei")

_BASE = 0x9E3779B97F4A7C15  # odd, so that it has an inverse
_LONG = 100  # letters; the plural of a longer word is another term
_HALF = np.uint64(32)
_PLACE_BITS = 22  # of the table of rarities: one word in a hundred shares its place with a known one


class Words(NamedTuple):
    """The words of a text in their order; `starts` are places in its bytes."""

    hashes: Wide
    stems: Hashes
    starts: Places


class _Tables(NamedTuple):
    """Powers of the base and of its inverse by place, and hashes of plural endings by length of word."""

    powers: Wide
    inverses: Wide
    s: Wide
    ies: Wide


def read_words(separated: bytes) -> Words:
    """Return the words of a text that `separate` has returned."""
    codes = np.frombuffer(b" %b " % separated[:MOST_BYTES], dtype=np.uint8) - np.uint8(_SPACE)
    is_word = codes > 0
    (edges,) = (is_word[1:] != is_word[:-1]).nonzero()
    starts, ends = edges[::2], edges[1::2]  # the places before the words, and their last letters
    lengths = ends - starts
    tables = _tables()
    sums = codes.astype(np.uint64)
    sums *= tables.powers[: len(codes)]
    np.cumsum(sums, out=sums)
    hashes = sums[ends]
    hashes -= sums[starts]
    hashes *= tables.inverses[starts]
    (plurals,) = ((codes[ends] == _S) & (lengths > _PLURALS)).nonzero()
    last, long = ends[plurals], np.minimum(lengths[plurals], _LONG)
    following = codes[last - 1]
    ending = np.where((following == _E) & (codes[last - 2] == _I), tables.ies[long], tables.s[long])
    ending *= following != _S
    stems = hashes.copy()
    stems[plurals] -= ending
    stems >>= _HALF
    return Words(hashes, stems.astype(np.uint32), starts)


def separate(text: str) -> bytes:
    """Return `text` in lower case as UTF-8, with one or more spaces between words.

    In a script without spaces, each letter is a word.
    """
    encoded = text.encode("utf-8", "surrogatepass")
    if len(encoded) == len(text):
        return encoded.translate(_SEPARATED)
    is_foreign = len(encoded) > _FOREIGN * len(text)
    if is_foreign:
        encoded = _WIDE_SIGNS.sub(" ", text.lower()).encode("utf-8", "surrogatepass")
    codes = np.frombuffer(bytearray(encoded.translate(_SEPARATED)), dtype=np.uint8)
    (places,) = (codes >= _LATIN_SIGN).nonzero()
    first, second = codes[places], codes[places + 1]
    is_short = first == _LATIN_SIGN
    is_sign = is_short | ((second == _SIGN) & ((first == _WESTERN) | (first == _EASTERN)))
    longer = places[is_sign & ~is_short]
    signs = places[is_sign]
    codes[signs] = codes[signs + 1] = codes[longer + 2] = _SPACE
    separated = codes.tobytes()
    if is_foreign and len(separated) > max(len(text), _UNSPACED * len(separated.split())):
        letters = (letter for letter in text.lower() if letter.isalnum())
        return " ".join(letters).encode("utf-8", "surrogatepass")
    return separated


def split_words(text: str) -> list[bytes]:
    """Return the words of `text` in lower case as UTF-8, or its letters in a script without spaces."""
    return separate(text).split()


def stem_of(word: bytes) -> bytes:
    """Return `word`, which is in lower case, without the s of a plural."""
    if len(word) > _PLURALS + 1 and word.endswith(b"ies"):
        return word[:-3] + b"y"
    return word[:-1] if len(word) > _PLURALS and word.endswith(b"s") and not word.endswith(b"ss") else word


def hash_term(term: bytes) -> int:
    """Return the hash of `term`, in 32 bits: that of the stems of `read_words`."""
    return _polynomial(term) >> 32


def _polynomial(term: bytes) -> int:
    total = 0
    for byte in reversed(term):
        total = (total + (byte - _SPACE) % 256) * _BASE % 2**64
    return total


def rarities_of(terms: Hashes) -> NDArray[np.uint8]:
    """Return the rarity of each of `terms` in one byte; 0 for a word that tells nothing."""
    rarities: NDArray[np.uint8] = _rarities()[terms >> np.uint32(32 - _PLACE_BITS)]
    return rarities


@cache
def _rarities() -> NDArray[np.uint8]:
    """Return the rarities by the first bits of a hash."""
    with np.load(str(files("streams.stories").joinpath("background.npz"))) as table:
        articles, hashes, articles_with = (table[name] for name in ("articles", "hashes", "articles_with"))
    most = np.ones(1 << _PLACE_BITS, dtype=np.uint16)
    np.maximum.at(most, hashes >> np.uint32(32 - _PLACE_BITS), articles_with)
    by_count = np.rint(-np.log(np.arange(1, int(articles) + 1) / articles) * RARITY_UNIT).astype(np.uint8)
    by_count[int(_TOO_COMMON * articles) :] = 0
    found: NDArray[np.uint8] = by_count[most - 1]
    found[[hash_term(bytes([letter])) >> 32 - _PLACE_BITS for letter in range(256)]] = 0
    return found


@cache
def _tables() -> _Tables:
    places = MOST_BYTES + 2
    powers, inverses = (
        np.cumprod(np.array([1] + [base] * (places - 1), dtype=np.uint64), dtype=np.uint64)
        for base in (_BASE, pow(_BASE, -1, 2**64))
    )
    s, ies = [0] * (_LONG + 1), [0] * (_LONG + 1)
    for length in range(_PLURALS + 1, _LONG):
        word = b" " * (length - 1) + b"s"
        s[length] = ies[length] = _polynomial(word)
        if length > _PLURALS + 1:
            word = b" " * (length - 3) + b"ies"
            ies[length] = (_polynomial(word) - _polynomial(b" " * (length - 3) + b"y")) % 2**64
    return _Tables(powers, inverses, np.array(s, dtype=np.uint64), np.array(ies, dtype=np.uint64))
