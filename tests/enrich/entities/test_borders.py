"""A name is one mention, whatever marks stand in it, and what only looks like a name is none."""

from __future__ import annotations

from streams.enrich.entities.borders import with_genitive_ends
from streams.enrich.entities.linking.tables import load_tables
from tests.fakes.marked_text import mended, parse_marks


def test_all_kinds_of_names_are_mended_in_one_text():
    source = (
        "[Ann Lee|PER], [R.N.|ORG], left [Hale|PER] & [Pratt|PER] for [Zing|ORG]! [Inc.|ORG] and moved from "
        "[Ashby|LOC]-upon-[Wold|PER] to [Luton|LOC], where [Luton|LOC] Town play."
    )

    assert mended(source) == [
        "Ann Lee|PER",
        "Hale & Pratt|ORG",
        "Zing! Inc.|ORG",
        "Ashby-upon-Wold|LOC",
        "Luton|LOC",
        "Luton Town|ORG",
    ]


def test_a_genitive_that_belongs_to_a_companys_name_can_be_put_back_alone():
    text, spans = parse_marks("[Hale|PER] & [Pratt|PER] sued [Moody|ORG]'s.")

    whole = with_genitive_ends(text, spans, load_tables())

    assert [text[span.start : span.end] for span in whole] == ["Hale", "Pratt", "Moody's"]
