"""What comes first, often and in the headline is what an article is about."""

from __future__ import annotations

from streams.enrich.entities.clusters import cluster_mentions
from streams.enrich.entities.salience import rate_salience
from streams.events import CleanArticle
from tests.fakes.marked_text import parse_marks


def saliences(source: str, headline: str | None = None) -> dict[str, float]:
    """Return the salience of each entity of a text with marks, by its name."""
    text, spans = parse_marks(source)
    clusters = cluster_mentions(text, spans, lambda _key, _type: None)
    rated = rate_salience(clusters, CleanArticle(text=text, headline=headline))
    return dict(zip((cluster.name for cluster in clusters), rated, strict=True))


def test_an_early_name_is_more_salient_than_a_late_one():
    rated = saliences(f"[Oslo|LOC] waits. {'It rained. ' * 100}So did [Lima|LOC].")

    assert rated["Oslo"] > rated["Lima"] > 0


def test_a_frequent_name_is_more_salient_than_a_rare_one():
    rated = saliences("[Lima|LOC] met [Oslo|LOC]. [Oslo|LOC] spoke. [Oslo|LOC] left.")

    assert rated["Oslo"] > rated["Lima"]


def test_a_name_in_the_headline_is_more_salient_than_below_it():
    source = "Envoys leave [Oslo|LOC]\n\n[Lima|LOC] waits for them."

    with_headline, without = saliences(source, "Envoys leave Oslo"), saliences(source)

    assert with_headline["Oslo"] > without["Oslo"] + 0.2


def test_a_people_is_less_salient_than_a_place_at_the_same_point():
    assert saliences("[Iraqi|MISC] polls")["Iraqi"] < saliences("[Basra|LOC] polls")["Basra"]


def test_the_only_name_in_the_headline_is_what_the_article_is_about():
    assert saliences("[Oslo|LOC] waits", "Oslo waits") == {"Oslo": 1.0}
