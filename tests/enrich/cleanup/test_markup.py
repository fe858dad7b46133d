"""HTML and text are told apart, and markup never costs a word."""

from __future__ import annotations

import pytest

from streams.events import RawArticle
from tests.enrich.cleanup.texts import BODY, clean, removed

FORBIDDEN = ["\x00", "\x0b", "\x0c", "\x14", "\x1f", "\ufffe", "\ud800", "&#0;", "&#11;", "&#0012", "&#x14;"]


def test_tags_that_format_words_are_taken_out_of_plain_text(cleaner):
    article = clean(cleaner, "\n\n".join([BODY[0].replace("mackerel", "<i>mackerel</i>"), *BODY[1:]]))

    assert article.text == "\n\n".join(BODY)
    assert removed(article, "markup") == ["<i>", "</i>"]


def test_paragraphs_stay_separate_if_the_only_tags_are_in_their_lines(cleaner):
    link = '<a href="https://example.org/quota">quota</a>'

    article = clean(
        cleaner, "\n\n".join([f"<b>{BODY[0]}</b>", *(text.replace("quota", link) for text in BODY[1:])])
    )

    assert article.text == "\n\n".join(BODY)


def test_html_is_known_by_its_tags_and_a_tag_in_prose_is_prose(cleaner):
    html = cleaner.clean(RawArticle(body="<div><p>Rates rise</p></div>"))
    prose = cleaner.clean(RawArticle(body="Write <b> to make a word bold, and never <blink>."))
    declared = cleaner.clean(RawArticle(body="<div><p>Rates rise</p></div>", content_type="text/plain"))

    assert html.text == declared.text == "Rates rise"
    assert prose.text == "Write <b> to make a word bold, and never <blink>."
    assert "content_type_conflict" in declared.warnings


@pytest.mark.parametrize("character", FORBIDDEN)
def test_characters_that_xml_forbids_do_not_cost_any_words(cleaner, character):
    first = "The minister said on Monday that talks with the union would resume next week after a pause."
    second = "Nobody at the port had expected that, and the cranes went on unloading until the evening."
    page = (
        f"<html><head><title>Talks</title>{character}<script>x()</script>{character}</head>"
        f"<body><p>{first}</p>{character}<script>y()</script>{character}<p>{second}</p></body></html>"
    )

    article = cleaner.clean(RawArticle(article_id="a-1", body=page, content_type="text/html"))

    assert first in article.text
    assert second in article.text


def test_references_to_allowed_characters_become_those_characters(cleaner):
    page = "<p>The caf&#233; on Main&#32;Street&#x2014;the oldest&#8212;closed on Monday, its owner said.</p>"

    article = cleaner.clean(RawArticle(article_id="a-1", body=page, content_type="text/html"))

    assert article.text == "The café on Main Street—the oldest—closed on Monday, its owner said."
