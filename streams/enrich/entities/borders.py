"""Borders: names that a tagger cuts in pieces are joined, and what only looks like a name is dropped.

Each kind of name has a module of its own: degrees, compounds, company_borders, clubs and
given_names.
"""

from __future__ import annotations

from collections.abc import Sequence

from streams.enrich.entities.clubs import clubs
from streams.enrich.entities.company_borders import (
    companies_with_ampersand,
    companies_with_genitive,
    companies_with_legal_forms,
)
from streams.enrich.entities.compounds import compounds
from streams.enrich.entities.degrees import without_degrees
from streams.enrich.entities.given_names import given_names
from streams.enrich.entities.linking.tables import IdentityTables
from streams.enrich.entities.pieces import replace_spans
from streams.enrich.entities.taggers.base import Span


def mend_borders(text: str, spans: Sequence[Span], tables: IdentityTables) -> list[Span]:
    """Return `spans`, which are trimmed and in text order, with the pieces of each name joined."""
    mended = without_degrees(text, spans, tables)
    for find in (
        companies_with_legal_forms,
        compounds,
        companies_with_ampersand,
        companies_with_genitive,
        clubs,
        given_names,
    ):
        joined = list(find(text, mended, tables))
        if joined:
            mended = replace_spans(mended, joined)
    return mended


def with_genitive_ends(text: str, spans: Sequence[Span], tables: IdentityTables) -> list[Span]:
    """Return `spans`, in which companies such as "Wendy's" have the whole of their names."""
    joined = list(companies_with_genitive(text, spans, tables))
    return replace_spans(spans, joined) if joined else list(spans)
