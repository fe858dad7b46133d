"""Each way of writing a name is one form with all its mentions."""

from __future__ import annotations

import pytest

from streams.enrich.entities.forms import collect_forms
from tests.fakes.marked_text import parse_marks


def test_spellings_of_one_name_are_one_form_and_a_type_is_another():
    text, spans = parse_marks("The [U.S.|LOC] and the [US|LOC]. [Jordan|LOC] met [Jordan|PER].")

    forms = collect_forms(text, spans)

    assert [(form.surface, form.type, len(form.spans)) for form in forms] == [
        ("U.S.", "LOC", 2),
        ("Jordan", "LOC", 1),
        ("Jordan", "PER", 1),
    ]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Sen. John F. Kerry", ("john", "kerry")),
        ("Martin Luther King Jr.", ("martin", "luther", "king")),
        ("Dr. No", ("no",)),
        ("Feld", ("feld",)),
    ],
)
def test_a_person_is_compared_without_titles_generations_and_initials(name, parts):
    text, spans = parse_marks(f"[{name}|PER]")

    (form,) = collect_forms(text, spans)

    assert form.tokens == parts


def test_the_root_of_a_mention_is_the_fullest_form_that_it_is_short_for():
    text, spans = parse_marks(
        "[Anna Maria Feld|PER] left. [Anna Feld|PER] spoke. [Feld|PER] sat. [Feld|PER] rose."
    )
    full, name, surname = collect_forms(text, spans)
    name.parent, surname.parent = full, name
    other, *_ = collect_forms("Bo Feld", [spans[0]._replace(start=0, end=7)])
    surname.mention_parents[spans[3].start] = other

    assert [surname.root(span) for span in surname.spans] == [full, other]
