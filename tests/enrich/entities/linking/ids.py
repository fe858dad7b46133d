"""The ids of a text with marks, which several tests look at."""

from __future__ import annotations

from streams.enrich.entities.clusters import cluster_mentions
from streams.enrich.entities.linking.identities import identify
from streams.enrich.entities.linking.tables import IdentityTables
from tests.fakes.marked_text import parse_marks


def ids(tables: IdentityTables, source: str, dateline: str = "") -> dict[str, dict[str, str]]:
    """Return the ids of each entity of a text with marks, by the entity's name."""
    text, spans = parse_marks(source)
    clusters = cluster_mentions(text, spans, tables.canonical_name)
    return dict(zip((c.name for c in clusters), identify(text, clusters, tables, dateline), strict=True))
