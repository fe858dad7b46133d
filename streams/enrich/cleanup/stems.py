"""Stems: the words of a line that say something, each reduced to what it shares with its inflections."""

from __future__ import annotations

import re

from streams.enrich.cleanup.word_lists import word_list
from streams.enrich.cleanup.words import words

_CACHED_STEMS = 50_000
_MOST_STEMS = 15  # of a line
_LONGEST_STEM = 7  # letters
_LONGEST_LINE = 500  # characters; a longer line has no department before it
_STOP_WORDS = word_list("stop_words")
_DEPARTMENT = re.compile(
    r"(?:opinion|analysis|editorial|exclusive|commentary|review|watch|video)\s*[:|-]\s*", re.IGNORECASE
)


class _Stems(dict[str, str]):
    """Word to stem, filled when a word is first met: a lookup saves a call for every word of an article."""

    def __missing__(self, word: str) -> str:
        if len(self) >= _CACHED_STEMS:
            self.clear()
        self[word] = stem = _compute_stem(word)
        return stem


STEMS = _Stems()


def stem(word: str) -> str:
    """Return roughly what `word` shares with its inflections, such as talk for talks, talked and talking."""
    return STEMS[word]


def content_stems(line: str) -> list[str]:
    """Return the stems of the line's content words in order, each once."""
    line = _DEPARTMENT.sub("", line, count=1) if len(line) < _LONGEST_LINE else line
    stems = (
        STEMS[word]
        for word in words(line)
        if word not in _STOP_WORDS and (len(word) > 1 or not word.isascii())
    )
    return list(dict.fromkeys(stems))[:_MOST_STEMS]


def _compute_stem(word: str) -> str:
    word = word.replace("’", "'").removesuffix("'s")
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    for ending in ("ing", "ed", "er", "ly"):
        if len(word) > len(ending) + 3 and word.endswith(ending):
            return word.removesuffix(ending)[:_LONGEST_STEM]
    return word[:_LONGEST_STEM]
