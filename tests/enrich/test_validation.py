"""A user's file that does not fit its model is refused in one line of plain English."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import Field, ValidationError

from streams.enrich.validation import Table, describe_problem, must_be


class Colour(Table):
    name: Annotated[str, Field(min_length=1), must_be("a name")]
    shade: Annotated[float, Field(gt=0, lt=1), must_be("a number between 0 and 1")] = 0.5


class Palette(Table):
    main: Colour
    others: dict[str, Colour] = Field({}, alias="other")


RED = {"name": "red"}


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ("red", "must be a table of main, other, not 'red'"),
        ({}, "main is missing"),
        ({"main": 1}, "main must be a table of name, shade, not 1"),
        ({"mian": RED}, "mian is not a known key; the keys are main, other"),
        ({"main": {"nmae": "red"}}, "main.nmae is not a known key; the keys are name, shade"),
        ({"main": RED, "": 1}, '"" is not a known key; the keys are main, other'),
        ({"main": {"name": ""}}, "main.name must be a name, not ''"),
        ({"main": {"name": "red", "shade": 2}}, "main.shade must be a number between 0 and 1, not 2"),
        ({"main": RED, "other": {"dark red": {}}}, 'other."dark red".name is missing'),
    ],
    ids=str,
)
def test_the_problem_is_told_with_key_value_and_what_is_right(table: Any, problem: str):
    with pytest.raises(ValidationError) as refused:
        Palette.model_validate(table)

    assert describe_problem(refused.value) == problem


def test_a_table_that_fits_is_read_with_its_defaults():
    palette = Palette.model_validate({"main": RED, "other": {"night": {"name": "blue", "shade": 0.9}}})

    assert (palette.main.shade, palette.others["night"].shade) == (0.5, 0.9)
