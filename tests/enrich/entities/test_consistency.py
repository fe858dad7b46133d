"""A name has one type in an article, whatever the tagger said of its single mentions."""

from __future__ import annotations

import re

import pytest

from streams.enrich.entities.consistency import make_consistent
from streams.enrich.entities.linking.tables import load_tables
from streams.enrich.entities.taggers.base import Span
from streams.events import EntityType
from tests.fakes.marked_text import parse_marks


def test_a_company_without_its_legal_form_is_not_taken_for_a_place():
    text = "Madeira Inc signed a letter. Tradevest would own most of Madeira."
    company = Span(0, 11, EntityType.ORG, 0.5)
    place = Span(text.rindex("Madeira"), len(text) - 1, EntityType.LOC, 0.4)

    typed = make_consistent(text, [company, place], load_tables().usual_types(text, [company, place]))

    assert [span.type for span in typed] == [EntityType.ORG, EntityType.ORG]


def test_a_large_city_of_a_named_country_is_a_place_though_the_tagger_says_person_twice():
    text = "Oslo called the penalty arbitrary. Norway hoped that Oslo would wait. Talks in Oslo went on."
    oslo = [match.start() for match in re.finditer("Oslo", text)]
    kinds = [(EntityType.PER, 0.9), (EntityType.PER, 0.8), (EntityType.LOC, 0.8)]
    spans = [Span(at, at + 4, *kind) for at, kind in zip(oslo, kinds, strict=True)]
    spans = sorted([*spans, Span(35, 41, EntityType.LOC, 1.0)])

    typed = make_consistent(text, spans, load_tables().usual_types(text, spans))

    assert {span.type for span in typed} == {EntityType.LOC}


def test_names_in_small_letters_count_only_in_a_text_that_writes_them_so():
    text = "I went to hanoi and then to delhi. Both were Great. My Friend Anna stayed in cordoba."
    spans = [
        Span(text.index(name), text.index(name) + len(name), EntityType.LOC, 0.9)
        for name in ("hanoi", "delhi", "cordoba")
    ]

    assert make_consistent(text, spans) == spans
    text = "Anna, " * 12 + text
    capitals = [Span(at, at + 4, EntityType.PER, 0.9) for at in range(0, 72, 6)]
    small = Span(text.index("hanoi"), text.index("hanoi") + 5, EntityType.LOC, 0.9)
    assert small not in make_consistent(text, [*capitals, small])


def test_a_title_is_not_part_of_the_name():
    text = "Sen. Anna Feld spoke."

    (span,) = make_consistent(text, [Span(0, 14, EntityType.PER, 0.9)])

    assert text[span.start : span.end] == "Anna Feld"


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("Cooks put a whole [turkey|LOC] into the oven.", []),
        ("[Turkey|LOC] sent [Anna|PER] home, and she ate [turkey|LOC] there.", ["Turkey", "Anna"]),
        ("[Anna|PER] sold [china|LOC], [brazil|LOC] nuts and a [jersey|LOC].", ["Anna"]),
        ("I went to [china|LOC] last year.", ["china"]),
        ("[Turkey|LOC] and [Greece|LOC] talk. [Turkey|LOC] waits.", ["Turkey", "Greece", "Turkey"]),
    ],
)
def test_a_word_in_small_letters_is_not_the_place_of_that_name(source, names):
    text, spans = parse_marks(source)

    assert [text[span.start : span.end] for span in make_consistent(text, spans)] == names
