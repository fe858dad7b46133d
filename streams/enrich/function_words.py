"""The small words of languages, by which English is told from others without a model.

A name tagger that learned English takes the words of another language for names. So the entity stage asks
here whether a text of unknown language is English, and which stretches of an English one are not.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Collection, Sequence
from importlib.resources import files
from typing import Any

_TABLES: dict[str, Any] = tomllib.loads(
    files("streams.enrich").joinpath("function_words.toml").read_text(encoding="utf-8")
)


def _lists(table: str) -> dict[str, frozenset[str]]:
    return {language: frozenset(words.split()) for language, words in _TABLES[table].items()}


ENGLISH = frozenset(_TABLES["english"].split())
_LOANS = frozenset(_TABLES["loans"].split())
_UNDETECTED = _lists("undetected")
_DISTINCT = _lists("distinct")
UNDETECTED = frozenset(language.partition("_")[0] for language in _UNDETECTED)
"""The codes of the languages that detectors do not know, or know badly."""
# Words of the lists that an English text may have as words of its own, or as parts of names.
_ENGLISH_TOO = ENGLISH | frozenset(_TABLES["english_too"].split()) | frozenset("aeiouy")
_FOREIGN = {language: words - _ENGLISH_TOO for language, words in {**_lists("quoted"), **_UNDETECTED}.items()}
_ANY_FOREIGN = frozenset().union(*_FOREIGN.values())


_WORD = re.compile(r"[^\W\d_]+(?:['’ʻʼ‘`][^\W\d_]+)*")
_QUOTATION = re.compile(r"“[^“”\n]{20,600}”|„[^„“”\n]{20,600}[“”]|«[^«»\n]{20,600}»|\"[^\"\n]{20,600}\"")
_OTHER_LETTERS = re.compile(r"[\u0370-\u1dff\u2e80-\ud7ff]{2,}")
_MOST_READ = 4_000  # characters of a text, to tell its language
_FEWEST_LOWER = 10  # words in lower case; fewer may be a headline
_ENGLISH_SHARE = 0.1  # of such words; running English has .25 or more
_WORDS_BETWEEN = 10  # English text of so many words has one more kind of small word
_MOST_KINDS = 5
_UNDETECTED_SHARE = 0.2  # of all words
_AHEAD = 1.3  # times as many as the words of the second language
_FEWEST_QUOTED = 6  # words; fewer may be the title of a film
_FEWEST_FOREIGN = 2
_FEWEST_DISTINCT = 2
_FOREIGN_SHARE = 0.2
_SHARE_WITHOUT_ENGLISH = 0.1


def reads_as_english(text: str, fewest: int = 0) -> bool:
    """Return True if `text` is English, or too short to tell.

    A text with fewer than `fewest` words in small letters is not taken for English.

    Running English has many small words. Where there are none, it is another language, though not known.
    """
    words = [word for word in _WORD.findall(text[:_MOST_READ]) if word.islower()]
    if len(words) < fewest:
        return False
    if len(words) < _FEWEST_LOWER:
        return _OTHER_LETTERS.search(text[:_MOST_READ]) is None
    english = [word for word in words if word in ENGLISH]
    return len(english) >= max(_ENGLISH_SHARE * len(words), _most_foreign(words)) and len(
        set(english)
    ) >= min(len(words) // _WORDS_BETWEEN, _MOST_KINDS)


def without_quotations(text: str) -> str:
    """Return `text` without what stands in quotation marks at length."""
    return _QUOTATION.sub(" ", text)


def undetected_language(text: str) -> str | None:
    """Return the ISO 639-1 code of `text` if it is in a language that detectors do not know, or None."""
    words = [word.lower() for word in _WORD.findall(text[:_MOST_READ])]
    counts = Counter({code: sum(map(known.__contains__, words)) for code, known in _UNDETECTED.items()})
    (language, most), (_, second) = counts.most_common(2)
    if most < max(_UNDETECTED_SHARE * len(words), _AHEAD * second, _FEWEST_FOREIGN):
        return None
    return language.partition("_")[0] if most > sum(map(ENGLISH.__contains__, words)) else None


def distinct_language(text: str, sisters: Collection[str]) -> str | None:
    """Return the language of `text` among close languages, by words that only one of them has, or None."""
    words = [word.lower() for word in _WORD.findall(text[:_MOST_READ])]
    counts = sorted(
        (sum(word in _DISTINCT[code] for word in words), code) for code in sisters if code in _DISTINCT
    )
    if not counts or counts[-1][0] < _FEWEST_DISTINCT:
        return None
    is_ahead = len(counts) == 1 or counts[-1][0] >= _AHEAD * counts[-2][0]
    return counts[-1][1] if is_ahead else None


def foreign_stretches(text: str) -> list[tuple[int, int]]:
    """Return where `text`, which is English, has paragraphs and quotations in another language."""
    if _ANY_FOREIGN.isdisjoint(text.split()) and (text.isascii() or not _OTHER_LETTERS.search(text)):
        return []
    stretches = []
    start = 0
    for paragraph in text.split("\n"):
        end = start + len(paragraph)
        quoted = [match for match in _QUOTATION.finditer(paragraph) if _is_foreign(match[0], _FEWEST_QUOTED)]
        if _is_foreign(paragraph) and _goes_on(paragraph, quoted):
            stretches.append((start, end))
        else:
            stretches += [(start + match.start(), start + match.end()) for match in quoted]
        start = end + 1
    return stretches


def _goes_on(paragraph: str, quoted: Sequence[re.Match[str]]) -> bool:
    """Return True if `paragraph` is foreign beside what is `quoted` in it, as far as that can be told."""
    rest = paragraph
    for match in reversed(quoted):
        rest = rest[: match.start()] + rest[match.end() :]
    words = _WORD.findall(rest)
    has_foreign = _most_foreign([word.lower() for word in words]) > 0 or any(
        word.islower() and not word.isascii() for word in words
    )
    return not quoted or (has_foreign and ENGLISH.isdisjoint(word.lower() for word in words))


def _is_foreign(text: str, fewest: int = _FEWEST_FOREIGN) -> bool:
    text = text[:_MOST_READ]
    words = _WORD.findall(text)
    if len(words) < fewest:
        return False
    others = sum(_OTHER_LETTERS.search(word) is not None for word in words) if not text.isascii() else 0
    if 2 * others > len(words):
        return True
    lower = [word for word in words if word.islower()]
    if 2 * len(lower) < len(words):  # a title, or a list of names
        return False
    foreign = _most_foreign([word.lower() for word in words])
    if english := sum(map(ENGLISH.__contains__, lower)):
        return foreign >= max(_FEWEST_FOREIGN, _FOREIGN_SHARE * len(words), _AHEAD * english)
    # Hardly a sentence of English has none of its small words, and few of its words have accents.
    foreign += sum(not word.isascii() for word in lower if word not in _LOANS)
    return foreign >= max(_FEWEST_FOREIGN, _SHARE_WITHOUT_ENGLISH * len(words))


def _most_foreign(words: Sequence[str]) -> int:
    """Return how many of the words are small words of the language that has most of them."""
    return max(sum(map(known.__contains__, words)) for known in _FOREIGN.values())
