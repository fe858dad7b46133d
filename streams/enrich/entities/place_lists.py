"""Lists of places: "voters in Bodø, Ålesund and Hammerfest" has three, whatever the tagger took them for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from streams.enrich.entities.lexicon import any_of
from streams.enrich.entities.pieces import full_name_words
from streams.enrich.entities.taggers.base import Span
from streams.events import EntityType

WINDOW = 50
"""Characters that are read before and after a mention."""

LONGEST_LIST = 12
"""Places of a list that are read."""

_STANDS_IN = re.compile(
    rf"\b(?:{any_of('residents')} (?:in|of|from)|(?:mayors?|city|town) (?:of|from))\s+$", re.IGNORECASE
)
GENITIVE_AFTER = re.compile(r"['’]s?\s+[a-z]")
PERSON_AFTER = re.compile(
    rf",?\s+(?:who|whose|whom)\b|,\s+\d{{1,2}},|['’]s?\s+(?:[a-z]+\s+)?{any_of('kin_words')}\b"
    rf"|,?\s+(?:also\s+|then\s+|later\s+)?{any_of('person_verbs')}\b"
)
NEXT_PLACE = re.compile(r"(?:,\s+|,?\s+(?:and|or)\s+)$")


def with_listed_places(text: str, spans: Sequence[Span]) -> list[Span]:
    """Return the spans; a single word that the tagger took for a person is a place in a list of places.

    "Voters in Bodø, Ålesund and Hammerfest": nobody in the article has such a name.
    """
    people = full_name_words(text, spans)
    listed = list(spans)
    for index, span in enumerate(listed):
        if span.type is EntityType.PER and text[span.start - 1 : span.start] == " ":
            surface = text[span.start : span.end]
            is_one_word = (
                surface.replace("-", "").isalpha() and surface[0].isupper() and surface not in people
            )
            if is_one_word and _stands_among_places(text, listed, index):
                stands_in = _STANDS_IN.search(text, max(0, span.start - WINDOW), span.start)
                if stands_in and stands_in[0].rstrip().endswith(" of"):  # "the mayor of Bodø resigned"
                    listed[index] = span._replace(type=EntityType.LOC)
                    continue
                is_person = PERSON_AFTER.match(text, span.end) or GENITIVE_AFTER.match(text, span.end)
                listed[index] = span if is_person else span._replace(type=EntityType.LOC)
    return listed


def _stands_among_places(text: str, spans: Sequence[Span], index: int) -> bool:
    """Return True if "voters in" stands before the mention, or before the places that it ends a list of."""
    for before in range(index, max(-1, index - LONGEST_LIST), -1):
        start = spans[before].start
        if _STANDS_IN.search(text, max(0, start - WINDOW), start):
            return True
        separator = NEXT_PLACE.search(text, max(0, start - 7), start)
        previous = spans[before - 1]
        if separator is None or previous.type is not EntityType.LOC or previous.end != separator.start():
            return False
    return False
