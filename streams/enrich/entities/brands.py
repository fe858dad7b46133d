"""Brands: companies that have the name of a place, which a text uses for both.

"Santander closed its branch in Santander": the tagger may take both for the town.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from streams.enrich.entities.companies import (
    ACTS_AFTER,
    BUILDS_AFTER,
    IS_AFTER,
    KIND,
    MAKES_AFTER,
    REACH,
)
from streams.enrich.entities.linking.tables import IdentityTables
from streams.enrich.entities.surfaces import key_of
from streams.enrich.entities.taggers.base import Span
from streams.events import EntityType

_SUBJECT_BEFORE = re.compile(r"(?:^|[.!?][”\"]?\s+|\n\s*|\b(?:and|but|that|as|when|while)\s+|,\s+)$")


def find_branded_places(text: str, spans: Sequence[Span], tables: IdentityTables) -> set[str]:
    """Return the single words that `spans` have as places and that are a company's name as well.

    "Santander closed its branch in Santander. The bank ..." A city also raises taxes and closes schools, so
    the text must say what the company is, unless the tables know it. No country is a company.
    """
    found: set[str] = set()
    following, next_name = len(text), ""
    for span in reversed(spans):
        surface = text[span.start : span.end]
        if (
            span.type is EntityType.LOC
            and " " not in surface
            and surface not in found
            and _SUBJECT_BEFORE.search(text, max(0, span.start - 12), span.start)
        ):
            key = key_of(surface)
            is_known = key in tables.organizations
            if not is_known and (key in tables.territories or key in tables.demonyms):
                continue
            reach = min(following, span.end + REACH)
            if _acts_as_company(text, span, reach, is_known=is_known):
                found.add(surface)
        if span.type in (EntityType.PER, EntityType.ORG) and surface != next_name:
            following, next_name = span.start, surface
    return found


def _acts_as_company(text: str, span: Span, reach: int, *, is_known: bool) -> bool:
    after = text[span.end : reach]
    if IS_AFTER.match(after):
        return True
    acts = ACTS_AFTER.match(after) or BUILDS_AFTER.match(after) or MAKES_AFTER.match(after)
    return bool(acts and (is_known or KIND.search(after)))
