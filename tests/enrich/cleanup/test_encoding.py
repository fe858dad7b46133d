"""Broken characters are repaired, and others are left alone."""

from __future__ import annotations

import pytest

from tests.enrich.cleanup.texts import clean


@pytest.mark.parametrize(
    ("broken", "text"),
    [
        ("The cafÃ© said â€œnoâ€\x9d on Monday", "The café said “no” on Monday"),
        ("Marks &amp;amp; Spencer &#8212; a shop", "Marks & Spencer — a shop"),
        ("write &lt;b&gt; in HTML", "write <b> in HTML"),
        ("co\u00adope\u00adra\u200btion\ufeff of\x00 two", "cooperation of two"),
        ("Cafe\u0301 of\u00a0two \t words", "Caf\u00e9 of two words"),
    ],
)
def test_broken_characters_are_repaired(cleaner, broken, text):
    assert clean(cleaner, broken).text == text


@pytest.mark.parametrize(
    "text",
    [
        "قال الوزير إن المحادثات ستستأنف الأسبوع المقبل\u200f، وفقا لبيان رسمي.",
        "وزیر خارجه گفت که مذاکرات هفته آینده از سر گرفته می\u200cشود.",
        "השר אמר כי השיחות יתחדשו בשבוע הבא, על פי הודעה רשמית.",
        "It’s “done”, she said – “finally” …",
        "部长说，谈判将于下周恢复。",
    ],
)
def test_text_that_is_not_broken_is_left_as_it_is(cleaner, text):
    article = clean(cleaner, text)

    assert article.text == text
    assert not any(span.repaired for span in article.source)
