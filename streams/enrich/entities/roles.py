"""Roles: what the text says a person is, before the name or after it, in the text's own words.

"US climate envoy John Kerry", "China's top diplomat, Wang Yi, ..." and "Wang Yi, China's top diplomat, ..."
all give one. A role is a noun phrase around one of the nouns of lexicon.toml; mere forms of address (Mr, Dr,
Sir) are none.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from streams.enrich.entities.clusters import Cluster
from streams.enrich.entities.lexicon import words
from streams.enrich.entities.taggers.base import Span
from streams.events import EntityType

ROLES, MODIFIERS = words("roles"), words("modifiers")
COMPLEMENTS, OPENERS, TITLES = words("complements"), words("openers"), words("titles")

WINDOW = 130  # characters before and after a name; a longer role is a sentence
MENTIONS = 40  # who is named more often has been introduced by then

_TOKEN = re.compile(r"[^\s,;:()\[\]\"“”—–!?]+|[,;:()\[\]\"“”—–!?]")
_ABBREVIATED = words("abbreviated")
_STOP = re.compile(r"(\w*)[)\"”’]*[.!?][\"”’)]*\s+(?=[A-Z\"“])|\n")
_POSSESSIVE = re.compile(r"['’]s?$")
_AFTER_NAME = re.compile(r"(?:,? \(?\d{1,3}\)?)?,\s+|\s+[—–-]\s+|\s+\(")
_CLOSES = re.compile(r"\s*(?:[,.;:)—–]|$)")
_PREPOSITIONS = frozenset({"of", "for", "to", "at", "in", "on"})
_BREAKS = frozenset(
    {
        "who",
        "which",
        "that",
        "whose",
        "said",
        "says",
        "told",
        "has",
        "had",
        "have",
        "is",
        "was",
        "were",
        "are",
    }
    | {"since", "when", "where", "after", "before", "during", "while", "as", "by", "with", "will", "would"}
)
_DETERMINERS = frozenset({"the", "a", "an", "his", "her", "its", "their", "our", "my", "another", "one"})
_LOOSE = frozenset({"to", "in", "at", "on", "from"})  # these follow a head, not what it heads
_CLOSING = ROLES | COMPLEMENTS | MODIFIERS  # words that a role can end with
_POSSESSIVES = frozenset({"his", "her", "its", "their", "our", "my"})
_DANGLING = _PREPOSITIONS | _DETERMINERS | {"and"}


class _Token(NamedTuple):
    text: str
    start: int
    end: int

    @property
    def lower(self) -> str:
        return self.text.casefold().rstrip(".")


class _Candidate(NamedTuple):
    """A role found at one mention."""

    full_name: bool
    position: int
    role: str


def roles(text: str, clusters: Sequence[Cluster], spans: Sequence[Span]) -> list[str | None]:
    """The role of each cluster, or None: for people only."""
    page = _Page(text, spans)
    return [page.role(c) if c.type is EntityType.PER else None for c in clusters]


class _Page:
    """A text and what is named where in it."""

    def __init__(self, text: str, spans: Sequence[Span]) -> None:
        self._text = text
        self._spans = spans
        self._starts = [span.start for span in spans]

    def role(self, cluster: Cluster) -> str | None:
        """The first role that comes with the full name, else the first at all, in its fullest form."""
        candidates = []
        for span in cluster.spans[:MENTIONS]:
            role = self._before(span) or self._apposed_before(span) or self._apposed_after(span)
            if role:
                full = " " in self._text[span.start : span.end]
                candidates.append(_Candidate(full, span.start, role))
        if not candidates:
            return None
        first = min(candidates, key=lambda c: (not c.full_name, c.position)).role
        said = set(first.casefold().split())
        fuller = (c.role for c in candidates if said < set(c.role.casefold().split()))
        return next(fuller, first)

    def _before(self, span: Span) -> str | None:
        """The title right before a name: "then-House Speaker Nancy Pelosi"."""
        if self._text[span.start - 1 : span.start] != " " or not self._may_end_a_role(span.start):
            return None
        tokens = self._tokens_before(span.start)
        while tokens and tokens[-1].lower in TITLES and not self._is_head(tokens[-1]):
            tokens.pop()
        return self._phrase_ending(tokens, tokens[-1].end) if tokens else None

    def _may_end_a_role(self, end: int) -> bool:
        """Whether the word before END can be a role's last: most words before a name are not."""
        word = self._text[max(0, end - 30) : end].rsplit(maxsplit=1)[-1:]
        if not word:
            return False
        lower = word[0].casefold().rstrip(".")
        return word[0][0].isupper() or "-" in lower or lower in _CLOSING

    def _apposed_before(self, span: Span) -> str | None:
        """The phrase that the name explains: "China's top diplomat, Wang Yi, ..."."""
        comma = self._text.find(",", max(0, span.start - 20), span.start)
        if comma < 0 or not _CLOSES.match(self._text, span.end):
            return None
        tokens = self._tokens_before(span.start)
        while tokens and tokens[-1].lower in TITLES and not self._is_head(tokens[-1]):
            tokens.pop()
        if not tokens or tokens.pop().text != ",":
            return None
        tokens = _without_acronym(tokens)
        if not tokens:
            return None
        role = self._phrase_ending(tokens, tokens[-1].end)
        if role is None or len(role.split()) > 1:
            return role
        # One word alone is only said of the name where something owns it: "its director, Pieter de Vries".
        return role if len(tokens) > 1 and tokens[-2].lower in _POSSESSIVES else None

    def _apposed_after(self, span: Span) -> str | None:
        """The phrase that explains the name: "Wang Yi, China's top diplomat, ..."."""
        opening = _AFTER_NAME.match(self._text, span.end)
        if not opening:
            return None
        tokens = self._tokens_after(opening.end())
        determined = bool(tokens) and tokens[0].lower in _DETERMINERS
        if determined:
            tokens = tokens[1:]
        head = self._first_head(tokens, determined)
        if head is None:
            return None
        end = self._complement_end(tokens, head)
        following = tokens[end + 1 : end + 2]
        if following and self._type_at(following[0].start) is EntityType.PER:
            return None  # "Kerry, President Joe Biden and ...": the next person's title
        role = self._clean(tokens[0].start, tokens[end].end)
        return role.removesuffix(".") if role else None

    # --- noun phrases ---

    def _phrase_ending(self, tokens: list[_Token], end: int) -> str | None:
        """The role that ends with TOKENS, grown to the left as long as it holds together."""
        head = self._last_head(tokens)
        if head is None:
            return None
        first = head
        while first > 0:
            grown = self._grown(tokens, first - 1)
            if grown is None:
                break
            first = grown
        return self._clean(tokens[first].start, end)

    def _last_head(self, tokens: list[_Token]) -> int | None:
        """Where the head noun is: the last token, or before "of State", "of the Health Organization"."""
        if tokens and tokens[-1].lower in _DANGLING:
            return None
        last = len(tokens) - 1 if tokens and self._is_head(tokens[-1]) else None
        for i in range(len(tokens) - 1, max(0, len(tokens) - 9), -1):
            token = tokens[i]
            if token.lower in _PREPOSITIONS and self._is_head(tokens[i - 1]):
                return i - 1  # "Minister of Justice", though a justice is someone too
            type_ = self._type_at(token.start)
            fits = token.text[0].isupper() or token.lower in COMPLEMENTS or token.lower in MODIFIERS
            if type_ is EntityType.PER or not (type_ or fits):
                break
        return last

    def _is_head(self, token: _Token) -> bool:
        if self._type_at(token.start) is EntityType.PER:
            return False
        lower = token.lower
        return lower in ROLES or ("-" in lower and lower.rsplit("-", 1)[1] in ROLES)

    def _grown(self, tokens: list[_Token], i: int) -> int | None:
        """The index from which token I, left of a role, belongs to it; None where it does not."""
        token = tokens[i]
        type_ = self._type_at(token.start)
        if type_ is EntityType.PER and not token.text.endswith(("'s", "’s", "s'", "s’")):
            return None  # "... Joe Biden President Xi" is no phrase, but "Laura Kane's lawyer" is one
        if type_ is not None:
            start = self._span_start(token.start)
            while i > 0 and tokens[i - 1].start >= start:
                i -= 1
            return i
        lower = _POSSESSIVE.sub("", token.lower)
        if not lower or not token.text[0].isalnum():
            return None
        if lower in MODIFIERS or lower in ROLES or all(part in MODIFIERS for part in lower.split("-")):
            return i
        if lower == "and" and i > 0 and self._is_head(tokens[i - 1]):
            return i - 1
        owned = i > 0 and tokens[i - 1].lower in _POSSESSIVES | {"the"}
        if owned and token.text.islower() and lower not in _BREAKS:
            return i  # between "its" and "director" all words belong to the role
        opens = i == 0 or lower in OPENERS
        if token.text[0].isupper() and not opens:
            return i
        return i if "-" in lower and lower.islower() else None

    def _first_head(self, tokens: list[_Token], determined: bool) -> int | None:
        """Where the head noun of an apposition is: the last of the first run of role nouns.

        After a determiner one word may be of any kind: "a tribal leader".
        """
        strange = 0
        for i, token in enumerate(tokens[:9]):
            if self._is_head(token):
                follower = tokens[i + 1] if i + 1 < len(tokens) else None
                if follower is None or not (self._is_head(follower) or follower.lower == "general"):
                    return i
                continue
            inside = self._type_at(token.start) not in (None, EntityType.PER)
            lower = _POSSESSIVE.sub("", token.lower)
            modifies = lower in MODIFIERS or all(part in MODIFIERS for part in lower.split("-"))
            named = token.text[0].isupper() and lower not in OPENERS
            if self._type_at(token.start) is EntityType.PER:
                return None
            if not (inside or modifies or named):
                strange += 1
                if strange > determined or not lower.isalpha() or lower in _BREAKS | _PREPOSITIONS | {"and"}:
                    return None
        return None

    def _complement_end(self, tokens: list[_Token], head: int) -> int:
        """The index of the last token of what follows the head: "of the International Energy Agency"."""
        end = head
        if head + 1 >= len(tokens) or tokens[head + 1].lower not in _PREPOSITIONS | {"and"}:
            return head
        for i in range(head + 1, min(len(tokens), head + 13)):
            token = tokens[i]
            if token.lower in _BREAKS or not token.text[0].isalnum():
                break
            if token.text.islower() and token.lower.endswith("ed"):
                break  # "based in", "accused of"
            if i > head + 1 and token.lower in _LOOSE:
                break
            if self._type_at(token.start) is EntityType.PER:
                break
            end = i
        while (
            end > head
            and tokens[end].lower in COMPLEMENTS
            and tokens[end].lower in _PREPOSITIONS | _DETERMINERS | {"and"}
        ):
            end -= 1
        return end

    # --- the text ---

    def _tokens_before(self, end: int) -> list[_Token]:
        start = max(0, end - WINDOW)
        for stop in self._stops(start, end + 1):
            start = stop.end()
        return [_Token(m.group(), m.start(), m.end()) for m in _TOKEN.finditer(self._text, start, end)]

    def _tokens_after(self, start: int) -> list[_Token]:
        end = min(len(self._text), start + WINDOW)
        for stop in self._stops(start, end):
            end = stop.end()
            break
        return [_Token(m.group(), m.start(), m.end()) for m in _TOKEN.finditer(self._text, start, end)]

    def _stops(self, start: int, end: int) -> Iterator[re.Match[str]]:
        """Where sentences and lines end; not after an initial or "Gen."."""
        for match in _STOP.finditer(self._text, start, end):
            word = match[1]
            if word is None or (len(word) > 1 and word not in _ABBREVIATED):
                yield match

    def _covering(self, position: int) -> Span | None:
        i = bisect_right(self._starts, position) - 1
        return self._spans[i] if i >= 0 and position < self._spans[i].end else None

    def _type_at(self, position: int) -> EntityType | None:
        span = self._covering(position)
        return span.type if span else None

    def _span_start(self, position: int) -> int:
        span = self._covering(position)
        return span.start if span else position

    def _clean(self, start: int, end: int) -> str | None:
        role = " ".join(self._text[start:end].split()).strip(" ,;:")
        return role if any(part.casefold() not in OPENERS for part in role.split()) else None


def _without_acronym(tokens: list[_Token]) -> list[_Token]:
    """TOKENS without a parenthesis at their end: "the National Civil Police (PNC)"."""
    if len(tokens) > 3 and tokens[-1].text == ")" and tokens[-3].text == "(":
        return tokens[:-3]
    return tokens
