"""A text has as many words as its readers would count."""

from __future__ import annotations

import pytest

from streams.events import CleanArticle
from streams.word_counts import count_words


@pytest.mark.parametrize(
    ("text", "fewest", "most"),
    [
        ("The harbour was closed on Monday.", 6, 6),
        ("", 0, 0),
        ("Гавань Тромсё закрыли в понедельник.", 5, 5),
        ("港口星期一关闭了，因为有暴风雨。", 6, 9),
        ("港は月曜日に閉鎖された。嵐のためである。", 8, 12),
        ("ท่าเรือปิดเมื่อวันจันทร์เพราะพายุ", 5, 9),
        ("항구는 월요일에 폐쇄되었다.", 3, 3),
        ("The city of 東京 was quiet on Monday.", 8, 8),
        ("https://example.org/an-address-that-is-very-long-for-a-single-word", 1, 1),
    ],
)
def test_words_are_counted_with_and_without_spaces_between_them(text, fewest, most):
    assert fewest <= count_words(text) <= most


def test_an_article_without_a_count_gets_that_of_its_text():
    text = "港口星期一关闭了，因为有暴风雨。"

    assert CleanArticle(text=text).word_count == count_words(text)
