"""The words of the sentence around a name, and the type of the name at a place."""

from __future__ import annotations

import pytest

from streams.enrich.entities.annotated_text import WINDOW, AnnotatedText
from streams.events import EntityType
from tests.fakes.marked_text import parse_marks


def before(source: str) -> list[str]:
    """Return the words of the sentence before the last marked name."""
    text, spans = parse_marks(source)
    return [token.text for token in AnnotatedText(text, spans).tokens_before(spans[-1].start)]


def after(source: str) -> list[str]:
    """Return the words of the sentence after the first marked name."""
    text, spans = parse_marks(source)
    return [token.text for token in AnnotatedText(text, spans).tokens_after(spans[0].end)]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("It rained. The envoy, [Anna Feld|PER]", ["The", "envoy", ","]),
        ("It rained\nThe envoy [Anna Feld|PER]", ["The", "envoy"]),
        ("It rained, said Gen. [Anna Feld|PER]", ["It", "rained", ",", "said", "Gen."]),
        ("John F. [Kerry|PER]", ["John", "F."]),
        ("[Anna Feld|PER]", []),
    ],
)
def test_words_before_a_name_begin_after_the_last_sentence_and_not_after_a_title(source, words):
    assert before(source) == words


def test_words_after_a_name_end_with_the_sentence():
    assert after("[Anna Feld|PER], the envoy. She left.") == [",", "the", "envoy."]


def test_only_a_stretch_around_the_name_is_read():
    assert sum(map(len, after("[Anna Feld|PER] " + "and then " * 1_000))) < WINDOW


def test_a_place_inside_a_name_has_its_type_and_start():
    text, spans = parse_marks("In [New York|LOC] it rained.")
    annotated = AnnotatedText(text, spans)

    at = text.index("York")
    assert (annotated.type_at(at), annotated.mention_start(at)) == (EntityType.LOC, text.index("New"))
    assert (annotated.type_at(0), annotated.mention_start(0)) == (None, 0)
    assert annotated.type_at(spans[0].end) is None
