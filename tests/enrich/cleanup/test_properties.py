"""Cleanup of plain text loses no letter, and knows the place of each stretch of its text in the body."""

from __future__ import annotations

import re
from collections import Counter

from hypothesis import example, given
from hypothesis import strategies as st

from streams.enrich.cleanup import Cleaner
from streams.enrich.cleanup.encoding import repair
from streams.errors import EmptyArticle
from streams.events import CleanArticle, ContentType, RawArticle

CLEANER = Cleaner()

WORDS = st.sampled_from(
    [
        *(
            "the",
            "harbour",
            "closed",
            "after",
            "storm",
            "Tromsø",
            "Monday",
            "said",
            "it’s",
            "2021",
            "–",
            "more",
        ),
        *(
            "by",
            "read",
            "sign",
            "up",
            "Anna",
            "Berg",
            "photo",
            "advertisement",
            "(AP)",
            "—",
            "...",
            "!",
            "“no”",
        ),
        *("cafÃ©", "caf\ufffd", "&amp;", "co\u00adop", "na\u0308he", "می\u200cشود", "部长说，谈判"),
    ]
)
LINE = st.lists(WORDS, min_size=1, max_size=30).flatmap(
    lambda words: st.sampled_from([" ", "  ", "\u00a0"]).map(lambda space: space.join(words))
)
FURNITURE = st.sampled_from(
    [
        "ADVERTISEMENT",
        "By Anna Berg",
        "REYKJAVIK, Iceland (AP) — The harbour closed after a storm on Monday, the port authority said.",
        "Photo: Anna Berg/Northern Pictures",
        "- first item",
        "1. second item",
        "Published March 3, 2021",
        "",
        "\u200b",
    ]
)
SENTENCE = LINE.map(lambda line: line + ".")
BODY = st.lists(st.one_of(LINE, SENTENCE, FURNITURE), min_size=1, max_size=12).flatmap(
    lambda lines: st.sampled_from(["\n", "\n\n", "\r\n", "\u2028"]).map(
        lambda separator: separator.join(lines)
    )
)
ANY_BODY = st.one_of(BODY, st.text(max_size=300))


def clean(body: str, headline: str | None = None) -> CleanArticle | None:
    raw = RawArticle(article_id="a-1", body=body, headline=headline, content_type=ContentType.TEXT)
    try:
        return CLEANER.clean(raw)
    except EmptyArticle:
        return None


def letters(*texts: str) -> Counter[str]:
    return Counter(character for text in texts for character in text if character.isalnum())


@given(ANY_BODY)
@example("a\n\n\x85b")
@example("Â\x85")
@example("voilÃ\xa0 \nb")
def test_no_letter_of_the_body_is_lost_between_the_text_and_what_was_removed(body):
    article = clean(body)
    repaired = [repair(line) for line in re.split("[\n\r\x0b\x0c\u2028\u2029]", body)]

    if article is not None and "content_type_conflict" not in article.warnings:
        assert letters(article.text, *(stretch.text for stretch in article.removed)) == letters(*repaired)


@given(ANY_BODY, st.none() | LINE)
def test_every_stretch_of_the_text_is_in_the_body_at_the_place_it_gives(body, headline):
    article = clean(body, headline)

    if article is not None and "content_type_conflict" not in article.warnings:
        for span in article.source:
            stretch = article.text[span.start : span.end]
            source = body[span.source_start : span.source_end]
            assert span.repaired or stretch == source


@given(BODY)
def test_every_letter_that_is_kept_belongs_to_a_stretch(body):
    article = clean(body)

    if article is not None and article.source:
        covered = {position for span in article.source for position in range(span.start, span.end)}
        assert all(i in covered for i, character in enumerate(article.text) if character.isalnum())


@given(ANY_BODY)
def test_the_same_article_gives_the_same_result_every_time(body):
    first, second = clean(body), clean(body)

    assert first == second
    assert first is None or CleanArticle.model_validate_json(first.to_bytes()) == first
