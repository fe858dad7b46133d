"""Salience: how much an article is about an entity, 0 to 1."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

from streams.enrich.entities.clusters import Cluster
from streams.events import CleanArticle, EntityType

LEAD, COUNT, HEADLINE = 0.35, 0.4, 0.25

# News puts first what matters: at this many characters into the text an entity's lead is worth half.
HALF_LEAD = 600

# An adjective of nationality is seldom what an article is about.
DEMONYM = 0.6


def salience(clusters: Sequence[Cluster], article: CleanArticle) -> list[float]:
    """The salience of each cluster: from where it is first named, how often, and whether in the headline."""
    most = max((len(c.spans) for c in clusters), default=1)
    headline = article.headline or ""
    headline_end = len(headline) if headline and article.text.startswith(headline) else 0
    return [_salience(c, most, headline_end) for c in clusters]


def _salience(c: Cluster, most: int, headline_end: int) -> float:
    first = c.spans[0].start
    lead = HALF_LEAD / (HALF_LEAD + max(0, first - headline_end))
    weight = LEAD * lead + COUNT * sqrt(len(c.spans) / most) + HEADLINE * (first < headline_end)
    return round(weight * (DEMONYM if c.type is EntityType.MISC else 1), 3)
