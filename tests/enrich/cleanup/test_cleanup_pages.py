"""Cleanup of HTML: the article in a page, and what the markup says about it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from streams.enrich.cleanup import Cleaner
from streams.events import RawArticle

SENTENCES = [
    (
        "The harbour of Tromsø closed on Monday after a storm tore two trawlers from their moorings and "
        "drove them against the quay, the port authority said."
    ),
    (
        "Nobody was hurt, but the fish market has lost its landing stage, and repairs will take until the "
        "end of March, according to the harbour master, Ingrid Solberg."
    ),
    (
        "Owners of the two boats said that the moorings had been inspected in the autumn, and that they "
        "would ask the authority to pay for the damage to hulls and nets."
    ),
    (
        "The storm is the third this winter that has closed the harbour, and the council will vote in May "
        "on a new breakwater, which engineers have proposed for more than a decade."
    ),
]
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


def page(head: str = "", body: str | None = None) -> str:
    paragraphs = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
    article = f"<article><h1>Storm closes harbour</h1>{paragraphs}</article>" if body is None else body
    return (
        f"<!doctype html><html lang='en'><head><title>Storm | Courier</title>{head}</head><body>"
        "<nav><a href='/'>Home</a> <a href='/news'>News</a></nav>"
        f"{article}<footer>Terms of use</footer><script>var x = 1;</script></body></html>"
    )


@pytest.fixture(scope="module")
def cleaner() -> Cleaner:
    return Cleaner()


def test_a_page_gives_its_article_and_nothing_around_it(cleaner):
    article = cleaner.clean(RawArticle(body=page()))

    assert article.text == "\n\n".join(["Storm closes harbour", *SENTENCES])
    assert article.headline == "Storm closes harbour"
    assert article.language == "en"
    assert article.source == []


def test_json_ld_says_who_wrote_it_when_and_for_whom(cleaner):
    head = f'<script type="application/ld+json">{json.dumps(METADATA)}</script>'

    article = cleaner.clean(RawArticle(body=page(head)))

    assert article.headline == "Storm closes harbour of Tromsø"
    assert article.byline == "Anna Berg, Jon Vik"
    assert article.publisher == "The Northern Courier"
    assert article.published_at == datetime(2021, 3, 3, 8, 15, tzinfo=UTC)


def test_open_graph_stands_in_for_json_ld(cleaner):
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


def test_a_page_that_its_scripts_draw_gives_the_text_that_its_json_ld_holds(cleaner):
    article = {"@type": "NewsArticle", "headline": "Storm", "articleBody": "\n\n".join(SENTENCES)}
    head = f'<script type="application/ld+json">{json.dumps(article)}</script>'

    cleaned = cleaner.clean(RawArticle(body=page(head, "<div id='app'><p>Please wait.</p></div>")))

    assert cleaned.text == "\n\n".join(["Storm", *SENTENCES])


def test_a_date_that_stands_for_none_is_passed_over(cleaner):
    article = {"@type": "NewsArticle", "datePublished": "0001-01-01T00:00:00Z", "author": "By Anna Berg"}
    head = (
        f'<script type="application/ld+json">{json.dumps(article)}</script>'
        '<meta property="article:published_time" content="2021-03-03T09:15:00Z">'
    )

    cleaned = cleaner.clean(RawArticle(body=page(head)))

    assert cleaned.published_at == datetime(2021, 3, 3, 9, 15, tzinfo=UTC)
    assert cleaned.byline == "Anna Berg"


def test_what_the_publisher_gave_counts_more_than_the_markup(cleaner):
    head = '<meta property="og:title" content="From the page"><meta property="og:site_name" content="Page">'

    article = cleaner.clean(RawArticle(body=page(head), headline="From the wire", publisher="Wire"))

    assert article.text.startswith("From the wire\n\n")
    assert article.publisher == "Wire"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<p>Rates rise</p>", "Rates rise"),
        ("<p>Rates rise</p><p>Banks fall</p>", "Rates rise\n\nBanks fall"),
        ("<p>Marks &amp; Spencer <b>re</b>opens</p>", "Marks & Spencer reopens"),
        ("<p>write &lt;b&gt; in HTML</p>", "write <b> in HTML"),
        ("one<br>two<br/>three", "one\n\ntwo\n\nthree"),
        ("<p>kept</p><script>gone()</script><style>p {}</style><!-- gone -->", "kept"),
        ('<?xml version="1.0" encoding="latin-1"?><p>Tromsø</p>', "Tromsø"),
    ],
)
def test_a_fragment_keeps_its_words_and_drops_its_markup(cleaner, body, text):
    assert cleaner.clean(RawArticle(body=body, content_type="text/html")).text == text


def test_html_is_known_by_its_tags_and_a_tag_in_prose_is_prose(cleaner):
    html = cleaner.clean(RawArticle(body="<div><p>Rates rise</p></div>"))
    prose = cleaner.clean(RawArticle(body="Write <b> to make a word bold, and never <blink>."))
    declared = cleaner.clean(RawArticle(body="<div><p>Rates rise</p></div>", content_type="text/plain"))

    assert html.text == declared.text == "Rates rise"
    assert prose.text == "Write <b> to make a word bold, and never <blink>."
    assert "content_type_conflict" in declared.warnings


def test_captions_are_kept_apart(cleaner):
    body = f"<p>{SENTENCES[0]}</p><figure><img><figcaption>The quay at noon</figcaption></figure>"

    article = cleaner.clean(RawArticle(body=body))

    assert article.text == SENTENCES[0]
    assert [(stretch.kind, stretch.text) for stretch in article.removed] == [("caption", "The quay at noon")]


def test_an_article_that_was_cut_for_advertisements_is_put_together_again(cleaner):
    losses = [
        "boathouse",
        "smokehouse",
        "crane",
        "kiosk",
        "ferry",
        "ice plant",
        "net loft",
        "slipway",
        "lighthouse",
    ]
    told = [
        f"The {loss} near the quay was lost in the storm, and the council has no money for it."
        for loss in losses
    ]
    pieces = ["".join(f"<p>{sentence}</p>" for sentence in told[start : start + 3]) for start in (0, 3, 6)]
    advertisement = (
        "<div class='ad'><p>More than two thousand other stories wait for our subscribers.</p></div>"
    )
    body = advertisement.join(f"<div class='article-body'>{piece}</div>" for piece in pieces)

    article = cleaner.clean(RawArticle(body=page(body=f"<main><h1>Losses</h1>{body}</main>")))

    assert [loss for loss in losses if loss in article.text] == losses
    assert "our subscribers" not in article.text


def test_other_stories_with_their_summaries_below_the_article_go(cleaner):
    others = {
        "Ferry to the islands runs again": "The ferry had been laid up since the autumn.",
        "Council votes on a new breakwater": "Engineers have proposed it for more than a decade.",
        "A winter of storms in pictures": "Readers sent us what they saw from their windows.",
    }
    related = "".join(f"<p><a href='/x'>{title}</a></p><p>{told}</p>" for title, told in others.items())
    paragraphs = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)

    article = cleaner.clean(RawArticle(body=page(body=f"<article>{paragraphs}{related}</article>")))

    assert article.text.split("\n\n")[-len(SENTENCES) :] == SENTENCES
    assert not any(told in article.text for told in others.values())


def test_a_page_whose_blocks_run_together_gives_its_sentences(cleaner):
    menu = "".join(f"<div><span>Council {n} </span><span>Archive {n} </span></div>" for n in range(150))
    story = "".join(f"<div><div><span>{sentence}</span></div></div>" for sentence in SENTENCES)

    article = cleaner.clean(RawArticle(body=f"<html><body><div>{menu}{story}</div></body></html>"))

    assert article.text.split("\n\n") == SENTENCES


def test_a_paragraph_that_only_leads_to_another_story_goes(cleaner):
    link = "<p><a href='/x'>Trawler owners win second case against the port</a></p>"
    paragraphs = [f"<p>{sentence}</p>" for sentence in SENTENCES]
    body = "".join(
        [*paragraphs[:2], link, "<p>Read more: <a href='/y'>How the quay was built</a></p>", *paragraphs[2:]]
    )

    article = cleaner.clean(
        RawArticle(body=page(body=f"<article><h1>Storm closes harbour</h1>{body}</article>"))
    )

    assert article.text == "\n\n".join(["Storm closes harbour", *SENTENCES])
    assert {stretch.kind for stretch in article.removed if "owners win" in stretch.text} == {"boilerplate"}


@pytest.mark.parametrize(
    ("head", "body", "warning"),
    [
        (
            "",
            "<ul>"
            + "".join(f"<li><a href='/{n}'>Story number {n} about the town</a></li>" for n in range(60))
            + "</ul>",
            "index_page",
        ),
        (
            '<meta property="og:type" content="video.other">',
            "<h1>Storm seen from the quay</h1><p>Watch the waves.</p>",
            "video_page",
        ),
        (
            '<script type="application/ld+json">{"@type":"Article", "isAccessibleForFree":"False"}</script>',
            f"<article><h1>Storm closes harbour</h1><p>{SENTENCES[0]}</p></article>",
            "paywall_stub",
        ),
    ],
)
def test_a_page_that_tells_no_story_says_what_it_is(cleaner, head, body, warning):
    article = cleaner.clean(RawArticle(body=page(head, body)))

    assert {"not_an_article", warning} <= set(article.warnings)


def test_a_page_keeps_its_headings_and_the_items_of_its_lists(cleaner):
    items = "<ul><li>The fish market</li><li>The quay</li></ul>"
    paragraphs = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
    damage = f"<h2>What was damaged</h2>{items}<p>All were insured.</p>"
    body = f"<article><h1>Storm</h1>{paragraphs}{damage}</article>"

    article = cleaner.clean(RawArticle(body=page(body=body)))

    assert "\n\nWhat was damaged\n\nThe fish market\nThe quay\n\n" in article.text


FORBIDDEN = ["\x00", "\x0b", "\x0c", "\x14", "\x1f", "\ufffe", "\ud800", "&#0;", "&#11;", "&#0012", "&#x14;"]


@pytest.mark.parametrize("character", FORBIDDEN)
def test_characters_that_no_tree_may_hold_cost_nothing_else(cleaner, character):
    first = "The minister said on Monday that talks with the union would resume next week after a pause."
    second = "Nobody at the port had expected that, and the cranes went on unloading until the evening."
    page = (
        f"<html><head><title>Talks</title>{character}<script>x()</script>{character}</head>"
        f"<body><p>{first}</p>{character}<script>y()</script>{character}<p>{second}</p></body></html>"
    )

    article = cleaner.clean(RawArticle(article_id="a-1", body=page, content_type="text/html"))

    assert first in article.text
    assert second in article.text


def test_references_to_other_characters_stay_what_they_are(cleaner):
    page = "<p>The caf&#233; on Main&#32;Street&#x2014;the oldest&#8212;closed on Monday, its owner said.</p>"

    article = cleaner.clean(RawArticle(article_id="a-1", body=page, content_type="text/html"))

    assert article.text == "The café on Main Street—the oldest—closed on Monday, its owner said."
