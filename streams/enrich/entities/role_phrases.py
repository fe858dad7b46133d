"""The noun phrases of roles: their head noun, the words before it and the complement after it.

In "US special envoy for climate" the head is "envoy". lexicon.toml has the head nouns and the other words.
"""

from __future__ import annotations

import re

from streams.enrich.entities.annotated_text import AnnotatedText, Token
from streams.enrich.entities.lexicon import word_list
from streams.events import EntityType

ROLE_NOUNS, MODIFIERS, COMPLEMENTS = (
    word_list("role_nouns"),
    word_list("role_modifiers"),
    word_list("role_complements"),
)
SENTENCE_OPENERS = word_list("sentence_openers")
PREPOSITIONS, LOOSE_PREPOSITIONS = word_list("prepositions"), word_list("loose_prepositions")
DETERMINERS, POSSESSIVES = word_list("determiners"), word_list("possessives")
CLAUSE_WORDS = word_list("clause_words")

LAST_WORDS = ROLE_NOUNS | COMPLEMENTS | MODIFIERS
FUNCTION_WORDS = PREPOSITIONS | DETERMINERS | {"and"}
COMPLEMENT_FUNCTION_WORDS = COMPLEMENTS & FUNCTION_WORDS
POSSESSIVES_AND_THE = POSSESSIVES | {"the"}

HEAD_WINDOW = 9
"""Tokens of a phrase that are searched for its head."""

COMPLEMENT_WINDOW = 12
"""Tokens after the head that may belong to its complement."""

_GENITIVE = re.compile(r"['’]s?$")


class RolePhrases:
    """Finds the noun phrases of roles among the tokens of one text."""

    def __init__(self, annotated: AnnotatedText) -> None:
        self._annotated = annotated

    def is_head(self, token: Token) -> bool:
        """Return True if the token is a role noun, or a compound of one such as "vice-president"."""
        if self._is_person(token):
            return False
        lower = token.lower
        return lower in ROLE_NOUNS or ("-" in lower and lower.rsplit("-", 1)[1] in ROLE_NOUNS)

    def ending_with(self, tokens: list[Token]) -> str | None:
        """Return the role at the end of `tokens`, or None. It extends to the left while the words fit."""
        if not tokens:
            return None
        head = self._last_head(tokens)
        if head is None:
            return None
        first = head
        while first > 0:
            extended = self._extend_left(tokens, first - 1)
            if extended is None:
                break
            first = extended
        return self.clean(tokens[first].start, tokens[-1].end)

    def _last_head(self, tokens: list[Token]) -> int | None:
        """Return the index of the head: the last token, or the one before "of State"."""
        if tokens[-1].lower in FUNCTION_WORDS:
            return None
        head = len(tokens) - 1 if self.is_head(tokens[-1]) else None
        for i in range(len(tokens) - 1, max(0, len(tokens) - HEAD_WINDOW), -1):
            token = tokens[i]
            if token.lower in PREPOSITIONS and self.is_head(tokens[i - 1]):
                return i - 1  # "Minister of Justice", though a justice is a person too
            type_ = self._annotated.type_at(token.start)
            fits = token.text[0].isupper() or token.lower in COMPLEMENTS or token.lower in MODIFIERS
            if type_ is EntityType.PER or not (type_ or fits):
                break
        return head

    def _extend_left(self, tokens: list[Token], i: int) -> int | None:
        """Return the index from which the token at `i`, left of a role, belongs to it, or None."""
        token = tokens[i]
        type_ = self._annotated.type_at(token.start)
        if type_ is EntityType.PER and not token.text.endswith(("'s", "’s", "s'", "s’")):
            return None  # "Joe Biden President Xi" is not a phrase, but "Laura Kane's lawyer" is
        if type_ is not None:
            start = self._annotated.mention_start(token.start)
            while i > 0 and tokens[i - 1].start >= start:
                i -= 1
            return i
        lower = _GENITIVE.sub("", token.lower)
        if not lower or not token.text[0].isalnum():
            return None
        if lower in ROLE_NOUNS or _is_modifier(lower):
            return i
        if lower == "and" and i > 0 and self.is_head(tokens[i - 1]):
            return i - 1
        follows_determiner = i > 0 and tokens[i - 1].lower in POSSESSIVES_AND_THE
        if follows_determiner and token.text.islower() and lower not in CLAUSE_WORDS:
            return i  # all words between "its" and "director" belong to the role
        opens_sentence = i == 0 or lower in SENTENCE_OPENERS
        if token.text[0].isupper() and not opens_sentence:
            return i
        return i if "-" in lower and lower.islower() else None

    def first_head(self, tokens: list[Token], has_determiner: bool) -> int | None:
        """Return the index of the head of the phrase that begins `tokens`, or None.

        It is the last of the first run of role nouns. One unknown word may stand before it after a
        determiner: "a tribal leader".
        """
        unknown = 0
        for i, token in enumerate(tokens[:HEAD_WINDOW]):
            if self.is_head(token):
                following = tokens[i + 1] if i + 1 < len(tokens) else None
                if following is None or not (self.is_head(following) or following.lower == "general"):
                    return i
                continue
            if self._is_person(token):
                return None
            lower = _GENITIVE.sub("", token.lower)
            is_named = self._annotated.type_at(token.start) is not None
            is_proper = token.text[0].isupper() and lower not in SENTENCE_OPENERS
            if not (is_named or is_proper or _is_modifier(lower)):
                unknown += 1
                if unknown > has_determiner or not lower.isalpha():
                    return None
                if lower in CLAUSE_WORDS or lower in PREPOSITIONS or lower == "and":
                    return None
        return None

    def complement_end(self, tokens: list[Token], head: int) -> int:
        """Return the index of the last token of the head's complement: "of the Energy Agency"."""
        if head + 1 >= len(tokens) or tokens[head + 1].lower not in PREPOSITIONS | {"and"}:
            return head
        end = head
        for i in range(head + 1, min(len(tokens), head + 1 + COMPLEMENT_WINDOW)):
            if self._ends_complement(tokens[i], is_first=i == head + 1):
                break
            end = i
        while end > head and tokens[end].lower in COMPLEMENT_FUNCTION_WORDS:
            end -= 1
        return end

    def _ends_complement(self, token: Token, *, is_first: bool) -> bool:
        if token.lower in CLAUSE_WORDS or not token.text[0].isalnum():
            return True
        if token.text.islower() and token.lower.endswith("ed"):
            return True  # "based in", "accused of"
        return (token.lower in LOOSE_PREPOSITIONS and not is_first) or self._is_person(token)

    def clean(self, start: int, end: int) -> str | None:
        """Return the text between two positions on one line, or None if it is all sentence openers."""
        role = " ".join(self._annotated.text[start:end].split()).strip(" ,;:")
        return role if any(word.casefold() not in SENTENCE_OPENERS for word in role.split()) else None

    def _is_person(self, token: Token) -> bool:
        return self._annotated.type_at(token.start) is EntityType.PER


def _is_modifier(lower: str) -> bool:
    return lower in MODIFIERS or all(part in MODIFIERS for part in lower.split("-"))
