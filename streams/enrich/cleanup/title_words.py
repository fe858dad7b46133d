"""Titles as they are compared: without case, signs and articles, and by the words that tell."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from streams.enrich.cleanup.words import comparison_key, words

SEPARATOR = re.compile(
    r"\s+[-–—|/~•·:»«›‹⋆*⁄¦>]+\s+|\s*[|｜¦»«•]+\s*|\s+[–—]|[–—]\s+|(?<=[^\x00-\u02ff])\s*[-_–—]\s*"
)
_PLAIN = str.maketrans("’‘“”–—\xa0", "''\"\"-- ")
_SHORTEST_WORD = 4  # letters, of the words that are compared
FEWEST_WORDS = 3  # of a title that tells what a page is about


def agreement(title: str, others: Iterable[str]) -> float:
    """Return how much `title` has in common with the most similar of the others: a share of words, 0 to 1."""
    return max((_common(title, other) for other in others), default=0.0)


def _common(title: str, other: str) -> float:
    if squeezed(title) == squeezed(other):
        return 1.0
    a, b = _telling_words(title), _telling_words(other)
    return len(a & b) / min(len(a), len(b)) if a and b else 0.0


@lru_cache(maxsize=1024)
def _telling_words(title: str) -> frozenset[str]:
    all_words = set(words(title))
    long_words = {word for word in all_words if len(word) >= _SHORTEST_WORD or not word.isascii()}
    return frozenset(long_words if len(long_words) > 1 else all_words)


@lru_cache(maxsize=1024)
def squeezed(text: str) -> str:
    """Return the letters and digits of `text` alone, without "the" at its start."""
    return without_article(text).replace(" ", "")


def without_article(name: str) -> str:
    """Return the words of a name in small letters, without "the" at its start."""
    return comparison_key(plain(name)).removeprefix("the ")


@lru_cache(maxsize=1024)
def plain(text: str) -> str:
    """Return `text` with plain quotes and dashes, as long as before."""
    return text.translate(_PLAIN)
