"""What the markup of a page says about its article."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from streams.events import RawArticle
from tests.enrich.cleanup.texts import SENTENCES, page

METADATA = {
    "@context": "https://schema.org",
    "@graph": [
        {"@type": "WebSite", "name": "The Northern Courier"},
        {
            "@type": ["NewsArticle"],
            "headline": "Storm closes harbour of Troms&oslash;",
            "author": [{"@type": "Person", "name": "Anna Berg"}, {"@type": "Person", "name": "Jon Vik"}],
            "datePublished": "2021-03-03T09:15:00+01:00",
            "inLanguage": "en-GB",
            "publisher": {"@type": "Organization", "name": "The Northern Courier"},
        },
    ],
}


def test_json_ld_gives_author_date_and_publisher(cleaner):
    head = f'<script type="application/ld+json">{json.dumps(METADATA)}</script>'

    article = cleaner.clean(RawArticle(body=page(head)))

    assert article.headline == "Storm closes harbour of Tromsø"
    assert article.byline == "Anna Berg, Jon Vik"
    assert article.publisher == "The Northern Courier"
    assert article.published_at == datetime(2021, 3, 3, 8, 15, tzinfo=UTC)


def test_open_graph_is_read_where_there_is_no_json_ld(cleaner):
    head = (
        '<meta property="og:title" content="Storm closes harbour of Tromsø">'
        '<meta property="og:site_name" content="The Northern Courier">'
        '<meta property="article:published_time" content="2021-03-03T09:15:00Z">'
        '<meta name="author" content="Anna Berg">'
        '<link rel="canonical" href="https://example.org/storm">'
    )

    article = cleaner.clean(RawArticle(body=page(head)))

    assert article.headline == "Storm closes harbour of Tromsø"
    assert article.byline == "Anna Berg"
    assert article.publisher == "The Northern Courier"
    assert article.published_at == datetime(2021, 3, 3, 9, 15, tzinfo=UTC)
    assert article.url == "https://example.org/storm"


def test_a_date_that_means_no_date_is_ignored(cleaner):
    article = {"@type": "NewsArticle", "datePublished": "0001-01-01T00:00:00Z", "author": "By Anna Berg"}
    head = (
        f'<script type="application/ld+json">{json.dumps(article)}</script>'
        '<meta property="article:published_time" content="2021-03-03T09:15:00Z">'
    )

    cleaned = cleaner.clean(RawArticle(body=page(head)))

    assert cleaned.published_at == datetime(2021, 3, 3, 9, 15, tzinfo=UTC)
    assert cleaned.byline == "Anna Berg"


def test_what_the_publisher_says_wins_over_the_markup(cleaner):
    head = '<meta property="og:title" content="From the page"><meta property="og:site_name" content="Page">'

    article = cleaner.clean(RawArticle(body=page(head), headline="From the wire", publisher="Wire"))

    assert article.text.startswith("From the wire\n\n")
    assert article.publisher == "Wire"


def test_the_publisher_of_the_site_is_the_articles_where_nobody_else_is(cleaner):
    graph = [
        {"@type": "NewsArticle", "headline": "Storm closes harbour"},
        {"@type": "WebSite", "publisher": {"@id": "#publisher"}},
        {"@type": "Organization", "@id": "#publisher", "name": "Northern Courier"},
    ]
    head = f'<script type="application/ld+json">{json.dumps({"@graph": graph})}</script>'

    assert cleaner.clean(RawArticle(body=page(head))).publisher == "Northern Courier"


def test_a_date_in_the_title_of_an_abbreviation_is_read(cleaner):
    date = "<abbr class='published' title='2026-03-02T08:00:00Z'>Monday</abbr>"
    story = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)

    article = cleaner.clean(RawArticle(body=page(body=f"<article><h1>Storm</h1>{date}{story}</article>")))

    assert article.published_at == datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "name",
    [
        *("shareaholic:article_published_time", "published_time_telegram", "news_published", "cse:published"),
        *("eomportal-publishdate", "article:create_at", "x-issue-date", "DCSext.articleFirstPublished"),
    ],
)
def test_a_name_that_says_published_gives_the_date(cleaner, name):
    head = (
        '<meta property="article:modified_time" content="2026-03-09T08:00:00Z">'
        f'<meta name="{name}" content="2026-03-02T08:00:00Z">'
    )

    assert cleaner.clean(RawArticle(body=page(head))).published_at == datetime(2026, 3, 2, 8, tzinfo=UTC)
