"""The phrase of a role is its head noun with the words that belong to it."""

from __future__ import annotations

import pytest

from streams.enrich.entities.annotated_text import AnnotatedText, Token
from streams.enrich.entities.role_phrases import RolePhrases
from tests.fakes.marked_text import parse_marks


def read(source: str) -> tuple[RolePhrases, list[Token], str]:
    """Return the phrases, the tokens and the text of one sentence with marks."""
    text, spans = parse_marks(source)
    annotated = AnnotatedText(text, spans)
    return RolePhrases(annotated), annotated.tokens_after(0), text


@pytest.mark.parametrize(
    ("source", "role"),
    [
        ("said [US|LOC] special envoy", "US special envoy"),
        ("said the Secretary of State", "Secretary of State"),
        ("met vice-president", "vice-president"),
        ("said its long-serving managing director", "long-serving managing director"),
        ("met [Laura Kane|PER]'s lawyer", "Laura Kane's lawyer"),
        ("met [Laura Kane|PER] President", "President"),
        ("it rained on", None),
    ],
)
def test_a_role_extends_to_the_left_while_its_words_fit(source, role):
    phrases, tokens, _ = read(source)

    assert phrases.ending_with(tokens) == role


@pytest.mark.parametrize(
    ("source", "role"),
    [
        ("president of the [Energy Agency|ORG] since May", "president of the Energy Agency"),
        ("minister for trade and industry who left", "minister for trade and industry"),
        ("lawyer accused of fraud", "lawyer"),
        ("president of a company accused of fraud", "president of a company"),
        ("leader", "leader"),
    ],
)
def test_the_complement_ends_where_another_clause_begins(source, role):
    phrases, tokens, text = read(source)
    head = phrases.first_head(tokens, has_determiner=False)

    assert head is not None
    assert text[: tokens[phrases.complement_end(tokens, head)].end] == role


@pytest.mark.parametrize(("has_determiner", "head"), [(True, 1), (False, None)])
def test_an_unknown_word_may_stand_before_the_head_after_a_determiner(has_determiner, head):
    phrases, tokens, _ = read("tribal leader")

    assert phrases.first_head(tokens, has_determiner) == head
