"""The inputs of a token: its traits, its word vector and its name classes."""

from __future__ import annotations

import numpy as np
import pytest

from streams.enrich.entities.taggers.features import (
    CLASSES,
    ROWS,
    ClassIndex,
    VectorIndex,
    shape,
    traits,
    vector_key,
)
from streams.enrich.entities.taggers.tokens import tokenise


def test_the_traits_of_a_form_are_few_and_within_the_table():
    for form in ("Kerry", "x" * 64, "U.S.", "\n\n", "", "蘇", "\ud800", "1,200.50"):
        rows = traits(form)
        assert 1 <= len(rows) <= 30
        assert all(0 <= row < ROWS for row in rows)
    assert len(tokenise("Kerry").forms) == 1


@pytest.mark.parametrize(
    ("form", "shaped"), [("Kerry", "Xxx"), ("COP26", "XXdd"), ("U.S.", "X.X."), ("iPhone", "xXxx")]
)
def test_the_shape_of_a_form_shows_capitals_letters_and_digits(form, shaped):
    assert shape(form) == shaped


def test_a_vector_is_found_for_the_form_itself_else_in_lower_or_title_case_else_without_diacritics():
    keys = {form: vector_key(form) for form in ("kerry", "Paris", "us", "US")}
    order = sorted(keys, key=keys.__getitem__)
    index = VectorIndex(np.array([keys[form] for form in order], np.uint32), np.arange(1, 5, dtype=np.uint16))
    row = {form: at + 1 for at, form in enumerate(order)}

    found = index.rows(["KERRY", "paris", "US", "us", "Xi", "Pařis"])

    assert found.tolist() == [row["kerry"], row["Paris"], row["US"], row["us"], 0, row["Paris"]]


def test_a_form_is_of_the_classes_that_the_lists_give_it_whatever_its_case():
    masks = {"paris": "city given_name", "mexico": "place city_begins"}
    order = sorted(masks, key=vector_key)
    index = ClassIndex(
        np.array([vector_key(form) for form in order], np.uint32),
        np.array([sum(1 << CLASSES.index(c) for c in masks[form].split()) for form in order], np.uint16),
    )

    flags = index.flags(["PARIS", "Mexico", "Lyon"])

    assert [" ".join(np.array(CLASSES)[row == 1]) for row in flags] == [
        "city given_name",
        "place city_begins",
        "",
    ]
