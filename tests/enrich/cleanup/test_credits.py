"""Bylines and the names of those who helped become credits, and sentences that look alike are kept."""

from __future__ import annotations

import pytest

from tests.enrich.cleanup.texts import BODY, clean, removed


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Words: Anna Berg", "Anna Berg"),
        ("Words: Anna Berg and Jón Jónsson", "Anna Berg and Jón Jónsson"),
        ("Author: Anna van der Berg", "Anna van der Berg"),
        ("Texte : Anna Berg", "Anna Berg"),
        ("Words and pictures by Anna Berg", "Anna Berg"),
        ("Story: Anna Berg / Photos: Jón Jónsson", "Anna Berg"),
        ("By Anna Berg in Oslo", "Anna Berg"),
        ("From Anna Berg in Oslo", "Anna Berg"),
        (
            "By Anna Berg in Oslo, Jón Jónsson in Reykjavik and Eva Lund in New York",
            "Anna Berg, Jón Jónsson and Eva Lund",
        ),
        ("By Anna Berg in Oslo and agencies", "Anna Berg"),
        ("By Anna Berg for the Courier", "Anna Berg"),
        ("By Anna Berg (Reuters)", "Anna Berg"),
        ("By Anna Berg @annaberg", "Anna Berg"),
        ("By Jean-Luc Berg", "Jean-Luc Berg"),
        ("Anna Berg in Oslo and Jón Jónsson in Reykjavik", "Anna Berg and Jón Jónsson"),
        ("Anna van der Berg in São Paulo, Brazil", "Anna van der Berg"),
        ("Anna Berg reports from Oslo", "Anna Berg"),
    ],
)
def test_names_after_a_credit_are_a_byline(cleaner, line, names):
    headline = "Norway and Iceland to count mackerel together"

    article = clean(cleaner, "\n\n".join([line, *BODY]), headline=headline)

    assert (article.byline, removed(article, "byline")) == (names, [line])
    assert article.text == "\n\n".join([headline, *BODY])


@pytest.mark.parametrize(
    "line",
    [
        "By Anna Berg and Jón Jónsson, Northern Courier",
        "Jón Jónsson contributed to this report.",
        "With Courier wires",
        "Reuters",
    ],
)
def test_a_line_that_names_who_wrote_or_helped_is_a_byline(cleaner, line):
    article = clean(cleaner, "\n\n".join([BODY[0], line, *BODY[1:]]))

    assert removed(article, "byline") == [line]
    assert article.text == "\n\n".join(BODY)


@pytest.mark.parametrize(
    "line",
    [
        "By Monday the harbour was empty.",
        "By Christmas Eve in Reykjavik, all ships were back.",
        "The errors could have contributed to the sinking of the ship, investigators said.",
    ],
)
def test_a_sentence_that_begins_like_a_credit_is_kept(cleaner, line):
    article = clean(cleaner, "\n\n".join([BODY[0], line, *BODY[1:]]))

    assert line in article.text.split("\n\n")


@pytest.mark.parametrize("line", ["Kari Nygaard in Reykjavik", "Climate Quarrel in Iceland"])
def test_a_line_about_somebody_in_the_story_is_not_a_byline(cleaner, line):
    article = clean(cleaner, "\n\n".join([line, *BODY]), headline="Mackerel quotas")

    assert article.byline is None
