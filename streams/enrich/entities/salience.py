"""Salience: how much an article is about an entity, 0 to 1."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

from streams.enrich.entities.clusters import Cluster
from streams.events import CleanArticle, EntityType

LEAD_WEIGHT, COUNT_WEIGHT, HEADLINE_WEIGHT = 0.35, 0.4, 0.25

HALF_LEAD = 600
"""News puts first what matters: a first mention this many characters into the text is worth half the lead."""

MISC_FACTOR = 0.6
"""For MISC entities, most of which are adjectives of nationality. An article is seldom about one."""


def rate_salience(clusters: Sequence[Cluster], article: CleanArticle) -> list[float]:
    """Return the salience of each cluster, by its first mention, number of mentions and headline."""
    most_mentions = max((len(cluster.spans) for cluster in clusters), default=1)
    headline = article.headline or ""
    headline_end = len(headline) if headline and article.text.startswith(headline) else 0
    return [_rate(cluster, most_mentions, headline_end) for cluster in clusters]


def _rate(cluster: Cluster, most_mentions: int, headline_end: int) -> float:
    first = cluster.spans[0].start
    lead = LEAD_WEIGHT * (HALF_LEAD / (HALF_LEAD + max(0, first - headline_end)))
    count = COUNT_WEIGHT * sqrt(len(cluster.spans) / most_mentions)
    salience = lead + count + HEADLINE_WEIGHT * (first < headline_end)
    return round(salience * (MISC_FACTOR if cluster.type is EntityType.MISC else 1), 3)
