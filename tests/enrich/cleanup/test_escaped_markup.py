"""HTML that was escaped is read as HTML, and a headline has no tags."""

from __future__ import annotations

import html
import json

import pytest

from streams.enrich.cleanup.escaped_markup import plain_headline
from tests.enrich.cleanup.texts import BODY, clean

PAGE = "".join(f"<p>{paragraph}</p>" for paragraph in BODY)


@pytest.mark.parametrize(
    "body",
    [
        html.escape(PAGE),
        html.escape(html.escape(PAGE)),
        PAGE.replace("<", "&#60;").replace(">", "&#x3E;"),
        html.escape(f'<div class="story">{PAGE}</div>'),
        html.escape("<br /><br>".join(BODY)),
        f"<![CDATA[{PAGE}]]>",
        f"<div>{html.escape(PAGE)}</div>",
        f"<content type='html'>\n{html.escape(PAGE)}\n</content>",
        json.dumps(PAGE)[1:-1].replace("<", "\\u003c").replace(">", "\\u003e"),
        f"<![CDATA[{html.escape(PAGE)}]]>",
    ],
)
def test_escaped_paragraphs_are_paragraphs(cleaner, body):
    article = clean(cleaner, body)

    assert article.text == "\n\n".join(BODY)


def test_escaped_tags_that_format_words_leave_the_paragraphs_apart(cleaner):
    body = "\n\n".join([html.escape(f"<b>{BODY[0]}</b>"), *BODY[1:]])

    article = clean(cleaner, body)

    assert article.text == "\n\n".join(BODY)


def test_plain_text_in_cdata_keeps_its_places(cleaner):
    body = f"<![CDATA[{BODY[0]}\n\n{BODY[1]}]]>"

    article = clean(cleaner, body)

    assert article.text == "\n\n".join(BODY[:2])
    assert [body[s.source_start : s.source_end] for s in article.source] == BODY[:2]


@pytest.mark.parametrize(
    "sentence",
    [
        "To begin a paragraph, she wrote &lt;p&gt; on the board, and everybody wrote it down.",
        "A heading stands between &lt;h1&gt; and &lt;/h1&gt;, the teacher of the course explained.",
        "The price is &lt; 5 euros &amp; more than 3, the shop said.",
    ],
)
def test_a_tag_that_a_text_is_about_stays(cleaner, sentence):
    article = clean(cleaner, "\n\n".join([*BODY, sentence]))

    assert article.text.endswith(html.unescape(sentence))


@pytest.mark.parametrize(
    ("headline", "plain"),
    [
        ("Quota <em>talks</em> in <b class='place'>Oslo</b>", "Quota talks in Oslo"),
        ("Quota talks<br/>in Oslo", "Quota talks in Oslo"),
        ("<p>Quota talks in Oslo</p>", "Quota talks in Oslo"),
        ("&lt;i&gt;Titanic&lt;/i&gt; returns", "Titanic returns"),
        ("<![CDATA[Quota talks]]>", "Quota talks"),
        ("<h1><a href='/x'>Quota</a> talks</h1>", "Quota talks"),
        ("Quota\n  talks", "Quota talks"),
        ("Quota talks <!-- draft -->", "Quota talks"),
        ("How the <blink> tag died", "How the <blink> tag died"),
        ("Why <p> is all you need", "Why <p> is all you need"),
        ("Grapes < 20 grams & sugar > 18 percent", "Grapes < 20 grams & sugar > 18 percent"),
        ("Why a<b and b>c", "Why a<b and b>c"),
        ("I <3 tags", "I <3 tags"),
    ],
)
def test_a_headline_has_no_tags(headline, plain):
    assert plain_headline(headline) == plain
