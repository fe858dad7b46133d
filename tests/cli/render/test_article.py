"""The block of an article of any stage has every fact, once, and fits the terminal."""

from __future__ import annotations

import pytest

from streams.events import CleanArticle, EnrichedArticle, RawArticle, TaggedArticle
from tests.cli.render.blocks import HEADLINE, enriched, shown


@pytest.mark.parametrize(
    "fact",
    [
        "a1",
        HEADLINE,
        "The Example",
        "1 March 2026, 11:30 UTC",
        "en",
        "30 words",
        "0.980",
        "Climate change",
        "IPTC 20000418",
        "methane, against: weather",
        "LOC  Bonn  host  ×1  geonames:2946447",
        "removed teaser: No more buses!",
        "warnings: short_text",
    ],
)
def test_every_fact_is_there_without_colours(fact):
    assert fact in shown(enriched())


def test_the_headline_is_shown_once():
    assert shown(enriched()).count(HEADLINE) == 1


@pytest.mark.parametrize("width", [20, 40, 80, 120, 300])
def test_a_block_is_no_wider_than_the_terminal_and_100_columns(width):
    lines = shown(
        enriched(headline="A" * 300, url="https://example.org/" + "x" * 300), width=width
    ).splitlines()

    assert max(map(len, lines)) <= min(width, 100)


@pytest.mark.parametrize(
    "article",
    [
        RawArticle(article_id="a1", body="<p>Rates rise</p>", headline=None),
        CleanArticle(article_id="a1", text="Rates rise."),
        TaggedArticle(article_id="a1", text="Rates rise.", entities=[]),
        EnrichedArticle(
            article_id="a1", text="Rates rise.", entities=[], labels=[], scores={"climate": None}
        ),
    ],
    ids=lambda article: type(article).__name__,
)
def test_an_article_of_any_stage_has_a_block(article):
    text = shown(article)

    assert "Rates rise" in text
    assert "a1" in text
