"""Which node of a page's JSON-LD is about its article, and whom a node names."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lxml import html

from streams.enrich.cleanup.json_ld import JsonLd
from streams.enrich.cleanup.title_words import agreement

TITLE = "Storm closes harbour of Tromsø"
URL = "https://courier.example/harbour/storm"
OWN = {"@type": "NewsArticle", "headline": TITLE, "author": {"name": "Anna Berg"}}
OTHER = {
    "@type": "NewsArticle",
    "headline": "Bakers vote for the best custard tart",
    "author": {"name": "Rui Melo"},
}


def linked(*scripts: Any) -> JsonLd:
    texts = (script if isinstance(script, str) else json.dumps(script) for script in scripts)
    markup = "".join(f'<script type="application/ld+json">{text}</script>' for text in texts)
    return JsonLd(html.document_fromstring(f"<html><head>{markup}</head><body>x</body></html>"))


def authors(page: JsonLd, url: str = URL, title: str = TITLE) -> list[str]:
    articles = page.articles([url], lambda headline: agreement(headline, [title]))
    return page.names(articles[0].get("author")) if articles else []


@pytest.mark.parametrize(
    "scripts",
    [
        ([OTHER, OWN],),
        (OTHER, OWN),
        ({"@graph": [OTHER, OWN]},),
        ({"@type": "WebPage", "mainEntity": OWN}, OTHER),
        ([OTHER, OWN | {"headline": "Gale shuts the port", "url": URL}],),
        ([OTHER, OWN | {"headline": "Gale shuts the port", "mainEntityOfPage": {"@id": f"{URL}/"}}],),
        ([OTHER | {"url": "/food/tart"}, OWN | {"headline": "Gale", "@id": f"{URL}#article"}],),
        (
            [
                OTHER | {"url": "/food/tart"},
                OWN | {"url": f"http://m.courier.example{URL[23:]}?utm_source=mail"},
            ],
        ),
        ({"@type": "ItemList", "itemListElement": [{"item": OTHER}]}, OWN),
    ],
)
def test_the_article_is_the_node_that_the_page_agrees_with(scripts):
    assert authors(linked(*scripts)) == ["Anna Berg"]


def test_a_node_about_another_story_alone_is_not_the_article():
    assert authors(linked(OTHER)) == []
    assert authors(linked(OTHER | {"headline": "Tart", "url": "https://courier.example/food/tart"})) == []


def test_a_headline_in_other_words_is_the_articles_if_nothing_speaks_against_it():
    assert authors(linked(OWN | {"headline": "After the storm: Tromsø counts the damage"})) == ["Anna Berg"]


def test_the_front_page_is_no_address_of_an_article():
    assert authors(linked(OWN | {"mainEntityOfPage": "https://courier.example/"})) == ["Anna Berg"]


@pytest.mark.parametrize(
    "kind",
    [
        "https://schema.org/NewsArticle",
        "http://schema.org/Article",
        "schema:NewsArticle",
        ["Article"],
        "newsArticle",
    ],
)
def test_a_type_may_be_an_address(kind):
    assert authors(linked(OWN | {"@type": kind})) == ["Anna Berg"]


def test_keys_may_be_addresses():
    expanded = {
        "@type": ["http://schema.org/NewsArticle"],
        "http://schema.org/headline": [{"@value": TITLE}],
        "http://schema.org/author": [{"http://schema.org/name": [{"@value": "Anna Berg"}]}],
    }

    assert authors(linked(expanded)) == ["Anna Berg"]


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("Anna Berg", ["Anna Berg"]),
        (["Anna Berg", {"name": "Jon Vik"}, None], ["Anna Berg", "Jon Vik"]),
        ({"name": {"@type": "Person", "name": "Anna Berg"}}, ["Anna Berg"]),
        ({"name": ["Anna Berg", "Jon Vik"]}, ["Anna Berg", "Jon Vik"]),
        ({"givenName": "Anna", "familyName": "Berg"}, ["Anna Berg"]),
        ({"@id": "#anna"}, ["Anna Berg"]),
        ([{"@id": "#anna"}, {"@id": "#jon"}], ["Anna Berg", "Jon Vik"]),
        ("https://courier.example/#eva", ["Eva Lund"]),
        ({"@id": "#nobody"}, []),
        ({"@id": "#loop"}, []),
    ],
)
def test_authors_are_named_listed_or_referred_to(author, names):
    people = [
        {"@id": "#anna", "@type": "Person", "name": "Anna Berg"},
        {"@id": "#loop", "@type": "Person", "name": {"@id": "#loop"}},
    ]
    others = {
        "@graph": [
            {"@id": "#jon", "name": "Jon Vik"},
            {"@id": "https://courier.example/#eva", "name": "Eva Lund"},
        ]
    }

    assert authors(linked({"@graph": [OWN | {"author": author}, *people]}, others)) == names


@pytest.mark.parametrize(
    "wrapped",
    [
        "<![CDATA[{}]]>",
        "//<![CDATA[\n{}\n//]]>",
        "/*<![CDATA[*/{}/*]]>*/",
        "<!--\n{}\n-->",
        "<!--\n{}\n//-->",
        "\ufeff{}",
        "{};",
        "[{},]",
        '{{"@type": "Organization", "name": "Courier"}}\n{}',
    ],
)
def test_a_wrapper_or_a_sign_too_many_does_not_hide_the_article(wrapped):
    assert authors(linked(wrapped.format(json.dumps(OWN)))) == ["Anna Berg"]


def test_escaped_quotes_are_read():
    assert authors(linked(json.dumps(OWN).replace('"', "&quot;"))) == ["Anna Berg"]


def test_a_script_that_cannot_be_read_does_not_hide_another():
    assert authors(linked('{"@type": "NewsArticle", "headline": ', OWN)) == ["Anna Berg"]
