"""The rules find names by the tables, by their last word, and by the title before them."""

from __future__ import annotations

import pytest

from streams.enrich.entities.linking.tables import load_tables
from streams.enrich.entities.taggers.rules import RuleTagger


@pytest.fixture(scope="module")
def tagger() -> RuleTagger:
    return RuleTagger(load_tables())


def names(tagger: RuleTagger, text: str) -> list[tuple[str, str]]:
    """Return each name that the rules find in `text`, with its type."""
    (spans,) = tagger.mentions([text])
    return [(text[span.start : span.end], span.type) for span in spans]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Talks in Norway failed.", [("Norway", "LOC")]),
        ("The Norwegian envoy saw Tokyo burn.", [("Norwegian", "MISC"), ("Tokyo", "LOC")]),
        ("It asked the European Union to wait.", [("European Union", "ORG")]),
        ("He saw the Ministry of Fisheries burn.", [("Ministry of Fisheries", "ORG")]),
        ("She saw the Mjosa River rise.", [("Mjosa River", "LOC")]),
        ("It was President Feld who left.", [("Feld", "PER")]),
        ("US President Joe Biden left.", [("US", "LOC"), ("Joe Biden", "PER")]),
        ("He met Pieter de Vries and left.", [("Pieter de Vries", "PER")]),
        ("Anna Feld spoke, and Feld left.", [("Anna Feld", "PER"), ("Feld", "PER")]),
        ("He asked NATO to wait.", [("NATO", "ORG")]),
    ],
)
def test_a_name_has_the_type_that_tables_and_words_tell(tagger, text, found):
    assert names(tagger, text) == found


@pytest.mark.parametrize(
    "text", ["It rained on and on.", "Yesterday it rained.", "HARBOUR CLOSED", "He saw Room 101 and Tonight"]
)
def test_a_capital_alone_does_not_make_a_name(tagger, text):
    assert names(tagger, text) == []


def test_a_surname_is_known_only_in_the_text_that_gave_the_full_name(tagger):
    assert names(tagger, "And so did Feld.") == []
