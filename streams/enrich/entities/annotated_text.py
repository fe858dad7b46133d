"""A text with its mentions: tokens before and after a position, and the type of the name at a position."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from streams.enrich.entities.lexicon import word_list
from streams.enrich.entities.taggers.base import Span
from streams.events import EntityType

WINDOW = 130
"""Characters that are read before and after a name. A longer role is a sentence."""

LONGEST_WORD = 40
"""Characters before a full stop that are read for its word."""

ABBREVIATIONS = word_list("abbreviations")

_TOKEN = re.compile(r"[^\s,;:()\[\]\"“”—–!?]+|[,;:()\[\]\"“”—–!?]")
_SENTENCE_END = re.compile(r"[.!?][\"”’)]*\s+(?=[A-Z\"“])|\n")
_LAST_WORD = re.compile(r"\w*$")
_CLOSING = ')"”’'


class Token(NamedTuple):
    """A word or a mark, and its half-open position in the text."""

    text: str
    start: int
    end: int

    @property
    def lower(self) -> str:
        """The word in lower case without a full stop at its end."""
        return self.text.casefold().rstrip(".")


class AnnotatedText:
    """A text and its mentions, which must be in text order."""

    def __init__(self, text: str, spans: Sequence[Span]) -> None:
        self.text = text
        self._spans = spans
        self._starts = [span.start for span in spans]

    def tokens_before(self, end: int) -> list[Token]:
        """Return the tokens of the same sentence before `end`."""
        start = max(0, end - WINDOW)
        for sentence_end in self._sentence_ends(start, end + 1):
            start = sentence_end.end()
        return self._tokens(start, end)

    def tokens_after(self, start: int) -> list[Token]:
        """Return the tokens of the same sentence from `start` on."""
        end = min(len(self.text), start + WINDOW)
        first_end = next(self._sentence_ends(start, end), None)
        return self._tokens(start, first_end.end() if first_end else end)

    def type_at(self, position: int) -> EntityType | None:
        """Return the type of the mention that covers this position, or None."""
        span = self._covering(position)
        return span.type if span else None

    def mention_start(self, position: int) -> int:
        """Return the start of the mention that covers this position, or the position itself."""
        span = self._covering(position)
        return span.start if span else position

    def _covering(self, position: int) -> Span | None:
        index = bisect_right(self._starts, position) - 1
        return self._spans[index] if index >= 0 and position < self._spans[index].end else None

    def _tokens(self, start: int, end: int) -> list[Token]:
        return [Token(m.group(), m.start(), m.end()) for m in _TOKEN.finditer(self.text, start, end)]

    def _sentence_ends(self, start: int, end: int) -> Iterator[re.Match[str]]:
        """Yield the ends of sentences and lines. An initial or "Gen." does not end a sentence."""
        for match in _SENTENCE_END.finditer(self.text, start, end):
            before = self.text[max(start, match.start() - LONGEST_WORD) : match.start()].rstrip(_CLOSING)
            word = _LAST_WORD.search(before.rpartition(" ")[2])
            is_line_end = match.group() == "\n"
            if is_line_end or (word and len(word[0]) > 1 and word[0] not in ABBREVIATIONS):
                yield match
