"""The lines above a body: headline, highlights, and teasers of other articles."""

from __future__ import annotations

import pytest

from tests.enrich.cleanup.texts import BODY, HIGHLIGHTS, TEASER, clean, removed


def test_an_unrelated_teaser_is_removed_and_highlights_are_separated_from_the_body(cleaner):
    article = clean(cleaner, "\n".join([TEASER, *HIGHLIGHTS, *BODY]))

    assert removed(article, "teaser") == [TEASER]
    assert article.headline is None
    assert article.highlights == HIGHLIGHTS
    assert article.text == "\n\n".join([*HIGHLIGHTS, *BODY])
    assert article.warnings == []


def test_a_first_line_that_the_body_covers_is_the_headline(cleaner):
    headline = "Norway and Iceland to count mackerel together"

    article = clean(cleaner, "\n\n".join([headline, *BODY]))

    assert article.headline == headline
    assert article.highlights == []
    assert article.text == "\n\n".join([headline, *BODY])


def test_a_short_line_before_longer_ones_is_the_headline_even_after_a_teaser(cleaner):
    headline = "Norway and Iceland to count mackerel together"

    article = clean(cleaner, "\n".join([TEASER, headline, *HIGHLIGHTS, *BODY]))

    assert removed(article, "teaser") == [TEASER]
    assert (article.headline, article.highlights) == (headline, HIGHLIGHTS)


def test_highlights_with_bullets_are_highlights(cleaner):
    headline = "Norway and Iceland to count mackerel together"

    article = clean(cleaner, "\n\n".join([headline, "\n".join(f"• {line}" for line in HIGHLIGHTS), *BODY]))

    assert (article.headline, article.highlights) == (headline, HIGHLIGHTS)


@pytest.mark.parametrize(
    "headline",
    [
        "Norway and Iceland Will Count the Mackerel Together. The Trawler Owners Wait.",
        "Norway and Iceland to count mackerel together, and then report to the U.N.",
        "Will Norway and Iceland count mackerel together?",
    ],
)
def test_a_headline_may_end_as_a_sentence_does(cleaner, headline):
    assert clean(cleaner, "\n\n".join([headline, *BODY])).headline == headline


def test_a_first_sentence_is_not_a_headline(cleaner):
    sentence = "Norway and Iceland will count the mackerel together."

    assert clean(cleaner, "\n\n".join([sentence, *BODY])).headline is None


def test_a_headline_may_look_like_a_field(cleaner):
    headline = "Mackerel count this spring: 1,214"

    assert clean(cleaner, "\n\n".join([headline, *BODY])).headline == headline


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("Words: Anna Berg Mackerel count this spring: 1,214", "Mackerel count this spring: 1,214"),
        ("Mackerel count this spring: 1,214", "Mackerel count this spring: 1,214"),
        ("Trawlers: 214 Research ships: 2", "Trawlers: 214 Research ships: 2"),
        ("Minister: Kari Nygaard Quota: 40%", "Minister: Kari Nygaard Quota: 40%"),
    ],
)
def test_fields_above_the_body_are_text_and_not_a_highlight(cleaner, line, kept):
    headline = "Norway and Iceland to count mackerel together"

    article = clean(cleaner, "\n\n".join([headline, HIGHLIGHTS[0], line, HIGHLIGHTS[1], *BODY]))

    assert (article.headline, article.highlights) == (headline, HIGHLIGHTS[:2])
    assert article.text == "\n\n".join([headline, *HIGHLIGHTS[:2], kept, *BODY])


@pytest.mark.parametrize(
    "line",
    [
        "Iceland: a larger share of the mackerel quotas",
        "Trawler owners: Norway and Iceland must count mackerel",
        "Mackerel talks in Reykjavik: 3 things that Norway wants",
        "Words: Nygaard and Iceland on mackerel quotas",
    ],
)
def test_a_highlight_may_have_a_colon(cleaner, line):
    headline = "Norway and Iceland to count mackerel together"

    article = clean(cleaner, "\n\n".join([headline, HIGHLIGHTS[0], line, *BODY]))

    assert article.highlights == [HIGHLIGHTS[0], line]


def test_an_article_may_have_no_headline(cleaner):
    article = clean(cleaner, "\n\n".join(BODY))

    assert article.headline is None
    assert article.text == "\n\n".join(BODY)


def test_a_teaser_that_ends_in_an_abbreviation_is_not_a_sentence_of_the_body(cleaner):
    headline, teaser = (
        "Norway and Iceland to count mackerel jointly",
        "Custard Tart Bakers Hope for a Prize in the U.S.",
    )

    article = clean(cleaner, "\n".join([headline, teaser, *BODY]))

    assert removed(article, "teaser") == [teaser]


def test_a_teaser_between_headline_and_body_is_removed_too(cleaner):
    headline = "Norway and Iceland to count mackerel together"

    article = clean(cleaner, "\n".join([headline, *HIGHLIGHTS, TEASER, *BODY]))

    assert removed(article, "teaser") == [TEASER]
    assert article.headline == headline
    assert article.highlights == HIGHLIGHTS


def test_a_given_headline_stands_first_and_only_once(cleaner):
    headline = "Norway and Iceland to count mackerel together"

    article = clean(cleaner, "\n\n".join([headline, *BODY]), headline=headline)

    assert article.text == "\n\n".join([headline, *BODY])
    assert removed(article, "duplicate") == [headline]


def test_a_line_on_another_subject_that_shares_a_few_words_is_kept_with_a_warning(cleaner):
    line = "A ship comes home after a summer of research in the ice"

    article = clean(cleaner, "\n".join([line, *BODY]))

    assert "doubtful_teaser" in article.warnings
    assert line in article.text


def test_a_doubtful_line_above_highlights_is_a_teaser(cleaner):
    line = "A ship comes home after a summer of research in the ice"

    article = clean(cleaner, "\n".join([line, *HIGHLIGHTS, *BODY]))

    assert removed(article, "teaser") == [line]
    assert article.highlights == HIGHLIGHTS


def test_a_vague_line_between_highlights_is_one_of_them(cleaner):
    line = "A ship comes home after a summer of research in the ice"

    article = clean(cleaner, "\n".join([HIGHLIGHTS[0], line, *HIGHLIGHTS[1:], *BODY]))

    assert article.highlights == [HIGHLIGHTS[0], line, *HIGHLIGHTS[1:]]
    assert article.removed == []
    assert article.warnings == ["doubtful_teaser"]


def test_a_doubtful_line_keeps_its_place(cleaner):
    line = "A ship comes home after a summer of research in the ice"

    above = ["Norway and Iceland to count mackerel jointly", "What is new?", line]
    article = clean(cleaner, "\n".join([*above, *BODY]))

    assert article.text.split("\n\n") == [*above, *BODY]
    assert article.warnings == ["doubtful_teaser"]


def test_a_first_line_is_never_a_teaser_if_the_body_is_too_short_to_judge_by(cleaner):
    article = clean(cleaner, f"{TEASER}\n\nThe harbour of Tromsø closed on Monday after a storm.")

    assert article.removed == []
    assert TEASER in article.text
