"""Surface forms: what stands in the text, trimmed to the name, and the key under which forms are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from streams.enrich.entities.taggers.base import Span

_LEADING = re.compile(r"[\s\"'“”‘’«»(\[{<*#@,;:.!?–—-]+|(?:the|a|an|The|THE)\s+")
_TRAILING = re.compile(r"(?:['’‘`´]s|['’]|[\s\"“”‘«»)\]}>*,;:!?–—-]+)$")
_DOTTED = re.compile(
    r"(?<![\w.])(?:(?:[^\W\d_]\.)+|(?:Inc|Corp|Co|Ltd|Jr|Sr|Bros|Ala|Ariz|Ark|Calif|Colo|Conn"
    r"|Del|Fla|Ill|Ind|Kan|Mass|Mich|Minn|Miss|Mont|Neb|Nev|Okla|Ore|Pa|Tenn|Tex|Wash|Wis|Wyo)\.)$"
)
_INITIAL_DOT = re.compile(r"(?<![^\W\d_]{2})([^\W\d_])\.")
_BREAK = re.compile(r"(?<=[^\W\d_A-Z]{3})[.!?]\s+(?=[A-Z])|\n\s*\n")
_NOT_A_NAME = re.compile(r"[\W\d_]*$")

LONGEST = 200  # characters; what a tagger marks beyond is no name


def trimmed(text: str, spans: Iterable[Span]) -> list[Span]:
    """The spans in order without overlaps, each cut down to its name: no article, possessive or punctuation.

    One that runs over the end of a sentence is cut there. What is left empty or without a letter is dropped;
    of two that overlap the first, then the longer, stays.
    """
    kept: list[Span] = []
    reached = 0
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        if span.start < reached or span.end - span.start > LONGEST:
            continue
        for start, end in _parts(text, max(span.start, 0), min(span.end, len(text))):
            start, end = _trim(text, start, end)
            if start < end and not _NOT_A_NAME.match(text, start, end):
                kept.append(span if (start, end) == span[:2] else span._replace(start=start, end=end))
                reached = end
    return kept


def _parts(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The stretch, cut where a sentence or paragraph ends in it."""
    for match in _BREAK.finditer(text, start, end):
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
    """SURFACE for comparison: case, accents, hyphens, apostrophes and dots of initials do not count."""
    return _cached_key(surface) if len(surface) <= 80 else _key(surface)


def _key(surface: str) -> str:
    if surface.isalpha() and surface.isascii():
        return surface.casefold()
    key = surface.replace("’", "'").replace("-", " ").replace("‑", " ").replace("–", " ")
    if not key.isascii():
        key = "".join(c for c in unicodedata.normalize("NFKD", key) if not unicodedata.combining(c))
    if "." in key:
        key = _INITIAL_DOT.sub(r"\1", key).replace(".", "")
    return " ".join(key.casefold().split()).removeprefix("the ")


_cached_key = lru_cache(maxsize=20_000)(_key)


def is_whole(text: str, start: int, end: int) -> bool:
    """Return True unless a letter, digit or hyphen beside the stretch makes it part of a longer word."""
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    return not (before.isalnum() or before in "-_@#/" or after.isalnum() or after in "_@$")
