"""Texts whose mentions are marked: "[Brazil|LOC] voted.", and the clusters of those mentions."""

from __future__ import annotations

import re

from streams.enrich.entities.borders import mend_borders
from streams.enrich.entities.clusters import cluster_mentions
from streams.enrich.entities.linking.tables import load_tables
from streams.enrich.entities.taggers.base import Span
from streams.events import EntityType

_MARK = re.compile(r"\[([^]|]+)\|(PER|ORG|LOC|MISC)\]")


def parse_marks(source: str) -> tuple[str, list[Span]]:
    """Return the text without its marks, and the mentions, each with score 1."""
    text, spans, position = "", [], 0
    for mark in _MARK.finditer(source):
        text += source[position : mark.start()]
        spans.append(Span(len(text), len(text) + len(mark[1]), EntityType(mark[2]), 1.0))
        text += mark[1]
        position = mark.end()
    return text + source[position:], spans


def mended(source: str) -> list[str]:
    """Return the mentions of a text with marks after their borders were mended, as `name|TYPE`."""
    text, spans = parse_marks(source)
    return [f"{text[s.start : s.end]}|{s.type}" for s in mend_borders(text, spans, load_tables())]


def clusters(source: str) -> dict[str, list[str]]:
    """Return the surface forms of each cluster of a text with marks, by the cluster's name."""
    text, spans = parse_marks(source)
    return {
        cluster.name: [text[span.start : span.end] for span in cluster.spans]
        for cluster in cluster_mentions(text, spans, load_tables().canonical_name)
    }
