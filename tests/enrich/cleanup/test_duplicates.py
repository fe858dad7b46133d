"""A paragraph that repeats an earlier one is removed."""

from __future__ import annotations

from tests.enrich.cleanup.texts import BODY, clean, removed


def test_a_paragraph_printed_twice_is_kept_once(cleaner):
    article = clean(cleaner, "\n\n".join([*BODY, BODY[1]]))

    assert article.text == "\n\n".join(BODY)
    assert removed(article, "duplicate") == [BODY[1]]


def test_a_paragraph_that_repeats_another_but_for_a_word_is_kept_once(cleaner):
    repeated = BODY[1].replace("mackerel jointly", "mackerel together")

    article = clean(cleaner, "\n\n".join([*BODY, repeated]))

    assert article.text == "\n\n".join(BODY)
    assert removed(article, "duplicate") == [repeated]


def test_paragraphs_that_differ_in_a_figure_are_both_kept(cleaner):
    first = (
        "The northern fleet of the company landed 412 tons of cod in January, less than in any month before."
    )
    second = first.replace("412", "398")

    article = clean(cleaner, "\n\n".join([*BODY, first, second]))

    assert article.text == "\n\n".join([*BODY, first, second])


def test_the_questions_of_an_interview_may_be_repeated(cleaner):
    question = "Where were you when the storm began that night?"

    article = clean(cleaner, "\n\n".join(f"{answer}\n\n{question}" for answer in BODY))

    assert article.text.count(question) == len(BODY)
