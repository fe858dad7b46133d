from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.enrich.entities.taggers.tokens import LONGEST, tokenise


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("The U.S. envoy", ["The", "U.S.", "envoy"]),
        ("Kerry's and O'Brien don’t", ["Kerry", "'s", "and", "O'Brien", "don’t"]),
        ("US-led (EU).", ["US", "-", "led", "(", "EU", ")", "."]),
        ("Dr. J. Hansen of Exxon Corp.", ["Dr.", "J.", "Hansen", "of", "Exxon", "Corp."]),
        ("COP26 at 10:30, 1,200.50", ["COP26", "at", "10:30", ",", "1,200.50"]),
        ("one\ntwo\r\n\r\nthree", ["one", "\n", "two", "\n\n", "three"]),
        ("see https://example.org/Kerry now", ["see", "https://example.org/Kerry", "now"]),
        ("  it's left vs. right,  covid19 ", ["it", "'s", "left", "vs.", "right", ",", "covid19"]),
        (" \t ", []),
        ("", []),
    ],
)
def test_a_text_becomes_words_numbers_marks_and_line_ends(text, forms):
    assert tokenise(text).forms == forms


@given(st.text())
def test_tokens_are_in_order_at_their_positions_with_only_white_space_between(text):
    tokens = tokenise(text)

    position = 0
    for form, start, end in zip(tokens.forms, tokens.starts, tokens.ends, strict=True):
        assert text[position:start].strip() == ""
        assert text[start:end] == form or form.strip() == text[start:end].strip() == ""
        position = end
    assert text[position:].strip() == ""


def test_an_endless_word_becomes_many_tokens():
    assert max(map(len, tokenise("x" * 10_000).forms)) <= LONGEST
