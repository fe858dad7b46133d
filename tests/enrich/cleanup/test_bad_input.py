"""An article that should never have been published gets a result or a reason, never a surprise."""

from __future__ import annotations

import pytest

from streams.errors import ArticleTooLarge, EmptyArticle
from streams.events import CleanArticle, RawArticle

SENTENCE = "The minister said on Monday that talks with the union would resume next week. "
OTHER = "The orchestra will open its season in the restored hall with a symphony by a living composer. "


@pytest.mark.parametrize(
    "body",
    [
        "",
        " \n\t ",
        "\x00",
        "\u200b\ufeff",
        "<p></p>",
        "<html><body><script>x()</script></body></html>",
        "<!-- no -->",
        "&nbsp;",
        "<div>&nbsp;</div>",
        "\r\r\r",
        "<br><br>",
    ],
)
def test_an_article_without_text_is_refused_as_empty(cleaner, body):
    with pytest.raises(EmptyArticle, match="a-1"):
        cleaner.clean(RawArticle(article_id="a-1", body=body))


def test_an_article_beyond_the_limit_is_refused_as_too_large(cleaner):
    with pytest.raises(ArticleTooLarge, match="10,000,000"):
        cleaner.clean(RawArticle(article_id="a-1", body="x" * 10_000_001))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "some_text"),
    [
        pytest.param("\n".join(f"{SENTENCE}{n}." for n in range(40_000)), "Monday", id="4 MB of lines"),
        pytest.param("\n".join(f"line {n}" for n in range(100_000)), "line 99999", id="100,000 lines"),
        pytest.param("x" * 200_000, "xxx", id="one word of 200,000 letters"),
        pytest.param(SENTENCE * 2_600, "Monday", id="one line of 200,000 characters"),
        pytest.param(
            "<html><body><nav><a href=x>Home</a>" + f"<div>{SENTENCE}</div><div>{OTHER}</div>",
            "symphony",
            id="a menu that is not closed",
        ),
        pytest.param(
            "<html><body><p>" + f"{SENTENCE}<b></b>" * 6_000, "Monday", id="a text full of empty elements"
        ),
        pytest.param("By " + "A" * 200_000, "AAA", id="a byline without end"),
        pytest.param("AB " * 70_000 + "-" * 70_000, "AB", id="a dateline without end"),
        pytest.param(f"Updated {'1' * 700}~x\n" * 50, "~x", id="a date without end"),
        pytest.param(f"Have a tip{'@' * 700}~x\n" * 50, "tip", id="a call to the reader without end"),
        pytest.param(
            f"Related{' :' * 300}~x\n" * 50 + SENTENCE, "Monday", id="a link to a story without end"
        ),
        pytest.param(
            "\n".join(f"- point {n} of the list" for n in range(20_000)) + f"\n\n{SENTENCE * 4}",
            "point 19999",
            id="a list above the story",
        ),
        pytest.param(
            " ".join(f"word{n}" for n in range(100_000))
            + ".\n\n"
            + "\n\n".join(" ".join(f"word{n + i}" for i in range(30)) + "." for n in range(0, 99_000, 30)),
            "word99999",
            id="one paragraph that is repeated in thousands",
        ),
        pytest.param(
            "<html><body><nav>"
            + "".join(f"<a href='/{n}'>Story number {n} about towns</a> " for n in range(8_000))
            + "</nav>"
            + "".join(f"<div>{SENTENCE} {n}.</div>" for n in range(8_000))
            + "</body></html>",
            "Monday",
            id="a menu and sentences without end",
        ),
        pytest.param("Photo " + "(" * 200_000, "Photo", id="brackets without end"),
        pytest.param("<p>" * 100_000 + SENTENCE, "Monday", id="unclosed tags"),
        pytest.param("<div>" * 50_000 + SENTENCE + "</div>" * 50_000, "Monday", id="nested fragment"),
        pytest.param("<html><body>" + "<span>" * 50_000 + SENTENCE, "Monday", id="nested page"),
        pytest.param("<html><body>" + "<table><tr><td>" * 3_000 + SENTENCE, "Monday", id="nested tables"),
        pytest.param("<html><body>" + f"<p>{SENTENCE}</p>" * 60_000, "Monday", id="5 MB page"),
        pytest.param("<p " + "a=b " * 300_000 + f">{SENTENCE}</p>", "Monday", id="attributes without end"),
        pytest.param("&amp;" * 300_000, "&", id="entities without end"),
        pytest.param("â€œHi there” said the â€™man. " * 5_000, "Hi there", id="mojibake without end"),
        pytest.param("e" + "\u0301" * 200_000, "é", id="marks without end"),
        pytest.param("<![CDATA[" * 50_000 + SENTENCE, "Monday", id="CDATA without end"),
        pytest.param(
            f"<html><script type='application/ld+json'>{'[' * 100_000}</script><body><p>{SENTENCE * 4}</p>",
            "Monday",
            id="nested JSON-LD",
        ),
    ],
)
def test_a_monstrous_body_comes_out_as_text(cleaner, body, some_text):
    article = cleaner.clean(RawArticle(article_id="a-1", body=body))

    assert some_text in article.text
    assert CleanArticle.model_validate_json(article.to_bytes()) == article


def test_nul_characters_are_removed_with_a_warning(cleaner):
    article = cleaner.clean(RawArticle(body="Rates\x00 rise\x00 today"))

    assert article.text == "Rates rise today"
    assert "nul_removed" in article.warnings


def test_lost_and_wrongly_decoded_characters_get_a_warning(cleaner):
    lost = cleaner.clean(RawArticle(body="The caf\ufffd is open"))
    wrong = cleaner.clean(RawArticle(body="The cafÃ© is open, â€œfinallyâ€\x9d"))

    assert "undecodable_characters" in lost.warnings
    assert "repaired_encoding" in wrong.warnings
    assert wrong.text == "The café is open, “finally”"


def test_a_page_of_links_is_not_an_article(cleaner):
    links = "".join(f"<li><a href='/{n}'>Story number {n} about the town</a></li>" for n in range(200))

    article = cleaner.clean(RawArticle(body=f"<html><body><ul>{links}</ul></body></html>"))

    assert "not_an_article" in article.warnings


def test_a_page_with_two_articles_gives_the_whole_first_with_a_warning(cleaner):
    def story(title: str, sentence: str) -> str:
        paragraphs = "".join(f"<p>{sentence}Part {n}.</p>" for n in range(8))
        return f"<article><h1>{title}</h1>{paragraphs}</article>"

    body = f"<html><body>{story('Talks', SENTENCE)}{story('Music', OTHER)}</body></html>"

    article = cleaner.clean(RawArticle(body=body))

    assert article.text.count(SENTENCE.strip()) == 8
    assert "several_articles" in article.warnings
