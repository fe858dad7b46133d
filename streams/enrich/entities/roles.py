"""Roles: what the text says a person is, before or after the name, in the text's own words.

"US climate envoy John Kerry", "China's top diplomat, Wang Yi, ..." and "Wang Yi, China's top diplomat, ..."
each give a role. Mere forms of address (Mr, Dr, Sir) are not roles.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from streams.enrich.entities.annotated_text import AnnotatedText, Token
from streams.enrich.entities.clusters import Cluster
from streams.enrich.entities.lexicon import word_list
from streams.enrich.entities.role_phrases import DETERMINERS, LAST_WORDS, POSSESSIVES, RolePhrases
from streams.enrich.entities.taggers.base import Span
from streams.events import EntityType

TITLES = word_list("titles")

MAX_MENTIONS = 40
"""Mentions that are searched for a role. By then an article has introduced the person."""

_AFTER_NAME = re.compile(r"(?:,? \(?\d{1,3}\)?)?,\s+|\s+[—–-]\s+|\s+\(")
_PHRASE_END = re.compile(r"\s*(?:[,.;:)—–]|$)")


class _Candidate(NamedTuple):
    """A role found at one mention."""

    has_full_name: bool
    position: int
    role: str


def find_roles(text: str, clusters: Sequence[Cluster], spans: Sequence[Span]) -> list[str | None]:
    """Return the role of each cluster if it is a person and has one. `spans` are all mentions of `text`."""
    finder = _RoleFinder(AnnotatedText(text, spans))
    return [finder.find(cluster) if cluster.type is EntityType.PER else None for cluster in clusters]


class _RoleFinder:
    """Finds the roles of the people in one text."""

    def __init__(self, annotated: AnnotatedText) -> None:
        self._annotated = annotated
        self._text = annotated.text
        self._phrases = RolePhrases(annotated)

    def find(self, cluster: Cluster) -> str | None:
        """Return the first role at a full name, else the first role, in the fullest form that contains it."""
        candidates = []
        for span in cluster.spans[:MAX_MENTIONS]:
            role = self._before(span) or self._apposition_before(span) or self._apposition_after(span)
            if role:
                has_full_name = " " in self._text[span.start : span.end]
                candidates.append(_Candidate(has_full_name, span.start, role))
        if not candidates:
            return None
        first = min(candidates, key=lambda c: (not c.has_full_name, c.position)).role
        words = set(first.casefold().split())
        fuller = (c.role for c in candidates if words < set(c.role.casefold().split()))
        return next(fuller, first)

    def _before(self, span: Span) -> str | None:
        """Return the role right before a name: "then-House Speaker Nancy Pelosi"."""
        if self._text[span.start - 1 : span.start] != " " or not self._may_end_role(span.start):
            return None
        return self._phrases.ending_with(self._tokens_before(span))

    def _may_end_role(self, end: int) -> bool:
        """Return True if the word before `end` may be the last of a role. This rules out most words, fast."""
        word = self._text[max(0, end - 30) : end].rsplit(maxsplit=1)[-1:]
        if not word:
            return False
        lower = word[0].casefold().rstrip(".")
        return word[0][0].isupper() or "-" in lower or lower in LAST_WORDS

    def _apposition_before(self, span: Span) -> str | None:
        """Return the role that the name explains: "China's top diplomat, Wang Yi, ..."."""
        comma = self._text.find(",", max(0, span.start - 20), span.start)
        if comma < 0 or not _PHRASE_END.match(self._text, span.end):
            return None
        tokens = self._tokens_before(span)
        if not tokens or tokens.pop().text != ",":
            return None
        tokens = _without_acronym(tokens)
        role = self._phrases.ending_with(tokens)
        if role is None or len(role.split()) > 1:
            return role
        # A single word is a role only after a possessive: "its director, Pieter de Vries".
        return role if len(tokens) > 1 and tokens[-2].lower in POSSESSIVES else None

    def _apposition_after(self, span: Span) -> str | None:
        """Return the role that explains the name: "Wang Yi, China's top diplomat, ..."."""
        opening = _AFTER_NAME.match(self._text, span.end)
        if not opening:
            return None
        tokens = self._annotated.tokens_after(opening.end())
        has_determiner = bool(tokens) and tokens[0].lower in DETERMINERS
        if has_determiner:
            tokens = tokens[1:]
        head = self._phrases.first_head(tokens, has_determiner)
        if head is None:
            return None
        end = self._phrases.complement_end(tokens, head)
        following = tokens[end + 1 : end + 2]
        if following and self._annotated.type_at(following[0].start) is EntityType.PER:
            return None  # "Kerry, President Joe Biden and ...": the title of the next person
        role = self._phrases.clean(tokens[0].start, tokens[end].end)
        return role.removesuffix(".") if role else None

    def _tokens_before(self, span: Span) -> list[Token]:
        """Return the tokens before a name without the forms of address between."""
        tokens = self._annotated.tokens_before(span.start)
        while tokens and tokens[-1].lower in TITLES and not self._phrases.is_head(tokens[-1]):
            tokens.pop()
        return tokens


def _without_acronym(tokens: list[Token]) -> list[Token]:
    """Return the tokens without a parenthesis at their end: "the National Civil Police (PNC)"."""
    if len(tokens) > 3 and tokens[-1].text == ")" and tokens[-3].text == "(":
        return tokens[:-3]
    return tokens
