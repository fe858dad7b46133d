"""Labels, credits and addresses around a story: one line may hold several, and its place counts."""

from __future__ import annotations

import pytest

from tests.enrich.cleanup.texts import BODY, HIGHLIGHTS, clean, page, removed


def test_a_label_on_the_line_of_the_first_highlight_is_cut_off(cleaner):
    article = clean(cleaner, "\n".join(["Story highlights " + HIGHLIGHTS[0], *HIGHLIGHTS[1:], *BODY]))

    assert article.highlights == HIGHLIGHTS
    assert removed(article, "boilerplate") == ["Story highlights"]


def test_names_below_a_headline_are_a_byline(cleaner):
    headline = "Norway and Iceland to count mackerel together"

    article = clean(cleaner, "\n\n".join([headline, "Anna Berg and Jón Jónsson", *BODY]))

    assert article.byline == "Anna Berg and Jón Jónsson"
    assert article.text == "\n\n".join([headline, *BODY])


@pytest.mark.parametrize(
    ("rest", "kind"),
    [("Photos: Jón Jónsson", "caption"), ("Photography: Jón Jónsson", "caption")],
)
def test_credits_on_one_line_are_removed_as_what_they_are(cleaner, rest, kind):
    article = clean(cleaner, "\n\n".join([f"Words: Anna Berg  {rest}", *BODY]), headline="Mackerel quotas")

    assert (article.byline, removed(article, "byline")) == ("Anna Berg", ["Words: Anna Berg"])
    assert removed(article, kind) == [rest]
    assert article.highlights == []


def test_an_address_at_the_beginning_of_a_text_is_removed(cleaner):
    address = "https://example.org/2021/03/mackerel-quotas.html"

    article = clean(cleaner, "\n\n".join([address, *BODY, address]))

    assert removed(article, "boilerplate") == [address]
    assert article.text == "\n\n".join([*BODY, address])


def test_a_credit_at_the_top_is_the_byline_where_there_is_no_other(cleaner):
    article = clean(cleaner, "\n\n".join(["Reporting by Anna Berg", *BODY]), headline="Mackerel quotas")

    assert article.byline == "Anna Berg"
    assert removed(article, "byline") == ["Reporting by Anna Berg"]


def test_a_line_that_repeats_the_byline_of_the_markup_is_removed(cleaner):
    paragraphs = "".join(f"<p>{text}</p>" for text in BODY)
    line = "<span class='autore'>di Anna Berg</span>"

    article = clean(cleaner, page(body=f"<article><h1>Mackerel quotas</h1>{line}{paragraphs}</article>"))

    assert article.byline == "Anna Berg"
    assert "Anna Berg" not in article.text
