"""Surface forms in the text: their exact borders, and the key under which two of them are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from streams.enrich.entities.lexicon import word_list
from streams.enrich.entities.taggers.base import Span

LONGEST_NAME = 200
"""Characters of the longest name. Longer spans are mistakes of the tagger."""

LONGEST_CACHED = 80

_BASE_LETTERS = str.maketrans(
    {"ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ø": "o", "Ø": "O", "ı": "i", "ß": "ss", "æ": "ae", "Æ": "Ae"}
    | {"œ": "oe", "Œ": "Oe", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ħ": "h", "Ħ": "H"}
)
"""Letters that Unicode does not decompose, and how English news writes them without their mark."""

_LEADING = re.compile(r"[\s\"'“”‘’«»(\[{<*#@,;:.!?–—-]+|(?:the|a|an|The|THE)\s+")
_ARTICLES = ("the ", "a ", "an ", "The ", "THE ", " ")
_TRAILING = re.compile(r"(?:['’‘`´]s|['’]|[\s\"“”‘«»)\]}>*,;:!?–—-]+)$")
_DOTTED = re.compile(rf"(?<![\w.])(?:(?:[^\W\d_]\.)+|(?:{'|'.join(sorted(word_list('dotted_words')))})\.)$")
_INITIAL_DOT = re.compile(r"(?<![^\W\d_]{2})([^\W\d_])\.")
_SENTENCE_END = re.compile(
    r"(?<=[^\W\d_A-Z]{3})[.!?]\s+(?=[A-Z])(?!(?:Inc|Corp|Co|Ltd|LLC)\b)|\n\s*\n"  # Yahoo! Inc. is one name
)
_NO_LETTERS = re.compile(r"[\W\d_]*$")


def trim_spans(text: str, spans: Iterable[Span]) -> list[Span]:
    """Return the spans in order and without overlaps, each without article, genitive and punctuation.

    A span that crosses the end of a sentence is split there. Spans that are left without a letter are
    dropped. Of two spans that overlap, the first stays, and of two that start together, the longer.
    """
    trimmed: list[Span] = []
    end_of_last = 0
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        if span.start < end_of_last or span.end - span.start > LONGEST_NAME:
            continue
        surface = text[span.start : span.end]
        if surface.replace(" ", "").isalpha() and not surface.startswith(_ARTICLES) and surface[-1] != " ":
            trimmed.append(span)  # most names: words alone
            end_of_last = span.end
            continue
        for start, end in _split_at_sentences(text, max(span.start, 0), min(span.end, len(text))):
            start, end = _trim(text, start, end)
            if start < end and not _NO_LETTERS.match(text, start, end):
                trimmed.append(span if (start, end) == span[:2] else span._replace(start=start, end=end))
                end_of_last = end
    return trimmed


def _split_at_sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for match in _SENTENCE_END.finditer(text, start, end):
        yield start, match.start()
        start = match.end()
    yield start, end


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and (match := _LEADING.match(text, start, end)):
        start = match.end()
    while start < end and (match := _TRAILING.search(text[max(start, end - 8) : end])):
        end -= len(match.group())
    while text[end - 1 : end] == "." and start < end and not _DOTTED.search(text, max(start, end - 8), end):
        end -= 1
    return start, end


def key_of(surface: str) -> str:
    """Return the key of a surface form: without case, accents, hyphens, dots and kinds of apostrophes."""
    return _cached_key(surface) if len(surface) <= LONGEST_CACHED else _key(surface)


def _key(surface: str) -> str:
    if surface.isalpha() and surface.isascii():
        return surface.casefold()
    key = surface.replace("’", "'").replace("-", " ").replace("‑", " ").replace("–", " ")
    if not key.isascii():
        key = without_diacritics(key)
    if "." in key:
        key = _INITIAL_DOT.sub(r"\1", key).replace(".", "")
    return " ".join(key.casefold().split()).removeprefix("the ")


def without_diacritics(text: str) -> str:
    """Return `text` with the base letters of letters with diacritics: Łódź becomes Lodz."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_BASE_LETTERS))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


_cached_key = lru_cache(maxsize=20_000)(_key)


def is_whole(text: str, start: int, end: int) -> bool:
    """Return True unless a letter, digit or hyphen beside the stretch makes it part of a longer word."""
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    return not (before.isalnum() or before in "-_@#/" or after.isalnum() or after in "_@$")
