"""Messages count in words that fit the number."""

from __future__ import annotations

import pytest

from streams.wording import plural


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 letters"), (1, "1 letter"), (2, "2 letters"), (1200, "1200 letters")]
)
def test_one_letter_is_singular_and_any_other_number_plural(count, text):
    assert plural(count, "letter") == text


def test_a_large_number_can_be_grouped():
    assert plural(1200, "word", ",") == "1,200 words"
