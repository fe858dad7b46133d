"""Given names that places have too: "Israel Adesanya lost his title" tells of nobody's country."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from streams.enrich.entities.lexicon import word_list
from streams.enrich.entities.linking.tables import IdentityTables
from streams.enrich.entities.pieces import JOINED_SCORE, is_known_place
from streams.enrich.entities.taggers.base import Span
from streams.events import EntityType

_GIVEN_PLACES = word_list("given_places")
_ROLES = word_list("titles") | word_list("role_nouns")
_IN_BEFORE = re.compile(r"\b(?:in|from|to|near|at|of|for|and|into|across)\s+$")


def given_names(text: str, spans: Sequence[Span], tables: IdentityTables) -> Iterator[Span]:
    """Yield people whose given name was marked as a place, apart from the surname or with it."""
    for index, span in enumerate(spans):
        words = text[span.start : span.end].split(" ")
        if (
            span.type is not EntityType.LOC
            or words[0] not in _GIVEN_PLACES
            or _IN_BEFORE.search(text, max(0, span.start - 8), span.start)
        ):
            continue
        after = spans[index + 1] if index + 1 < len(spans) else None
        if len(words) == 1 and after and after.type is EntityType.PER:
            surname = text[after.start : after.end]
            if text[span.end : after.start] == " " and " " not in surname and not _is_role(surname):
                yield Span(span.start, after.end, EntityType.PER, JOINED_SCORE)
        elif (
            len(words) == 2
            and is_known_place(words[1], tables)
            and not is_known_place(" ".join(words), tables)
        ):
            yield span._replace(type=EntityType.PER, score=JOINED_SCORE)


def _is_role(word: str) -> bool:
    return word.casefold() in _ROLES
