"""The place before a report becomes the dateline, and a line that is only a date is removed."""

from __future__ import annotations

import pytest

from tests.enrich.cleanup.texts import BODY, clean, removed


def test_byline_and_dateline_become_fields(cleaner):
    article = clean(cleaner, "\n\n".join(["By Anna Berg", f"REYKJAVIK, Iceland (AP) — {BODY[0]}", *BODY[1:]]))

    assert (article.byline, article.dateline) == ("Anna Berg", "REYKJAVIK, Iceland (AP)")
    assert removed(article, "dateline") == ["REYKJAVIK, Iceland (AP) —"]
    assert article.text == "\n\n".join(BODY)


@pytest.mark.parametrize("opening", ["BREAKING - ", "NASA – the American agency – said so. ", "WHO: "])
def test_capitals_before_a_dash_are_not_always_a_dateline(cleaner, opening):
    article = clean(cleaner, "\n\n".join([opening + BODY[0], *BODY[1:]]))

    assert article.dateline is None
    assert article.text.startswith(opening)


@pytest.mark.parametrize(
    "line",
    [
        "Published March 3, 2021 at 9:15 a.m. ET",
        "Updated: Wed, 3 March 2021",
        "2021-03-03 09:15",
    ],
)
def test_a_line_that_says_when_the_article_was_published_is_removed(cleaner, line):
    article = clean(cleaner, "\n\n".join([BODY[0], line, *BODY[1:]]))

    assert removed(article, "boilerplate") == [line]
    assert article.text == "\n\n".join(BODY)


@pytest.mark.parametrize(
    "line",
    [
        "Updated rules for the fishery will be published in May.",
        "March 3, 2021 was the day on which the harbour closed.",
    ],
)
def test_a_sentence_that_begins_like_a_date_line_is_kept(cleaner, line):
    article = clean(cleaner, "\n\n".join([BODY[0], line, *BODY[1:]]))

    assert line in article.text.split("\n\n")
