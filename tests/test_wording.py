"""Words of messages: numbers with their nouns, and what a value must be."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

import pytest
from pydantic import AfterValidator, BaseModel, Field, ValidationError

from streams.wording import describe_invalid, plural


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 letters"), (1, "1 letter"), (2, "2 letters"), (1200, "1200 letters")]
)
def test_one_letter_is_singular_and_any_other_number_plural(count, text):
    assert plural(count, "letter") == text


def test_a_large_number_can_be_grouped():
    assert plural(1200, "word", ",") == "1,200 words"


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


def even(number: int) -> int:
    if number % 2:
        raise ValueError("must be even")
    return number


class Parcel(BaseModel):
    name: Annotated[str, Field(min_length=2, max_length=2000)] = "ab"
    count: Annotated[int, Field(ge=1000, le=2000)] = 1000
    weight: Annotated[float, Field(gt=0.5, allow_inf_nan=False)] = 1
    is_open: bool = True
    colour: Colour = Colour.RED
    kind: Literal["letter", "box"] = "box"
    pair: Annotated[int, AfterValidator(even)] = 2


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"name": 7}, "name must be text, not 7"),
        ({"name": "a"}, "name must have 2 or more characters, not 'a'"),
        ({"name": "a" * 2001}, f"name must have 2,000 or fewer characters, not '{'a' * 59}"),
        ({"count": "x"}, "count must be a whole number, not 'x'"),
        ({"count": 1.5}, "count must be a whole number, not 1.5"),
        ({"count": None}, "count must be a whole number, not None"),
        ({"count": 1}, "count must be at least 1,000, not 1"),
        ({"count": 3000}, "count must be at most 2,000, not 3000"),
        ({"weight": 0.5}, "weight must be more than 0.5, not 0.5"),
        ({"weight": "x"}, "weight must be a number, not 'x'"),
        ({"weight": "inf"}, "weight must be a finite number, not 'inf'"),
        ({"is_open": "x"}, "is_open must be true or false, not 'x'"),
        ({"colour": "x"}, "colour must be red or green, not 'x'"),
        ({"kind": "x"}, "kind must be letter or box, not 'x'"),
        ({"pair": 3}, "pair must be even, not 3"),
        ({"name": 7, "count": 1, "pair": 3}, "name must be text, not 7 (and 2 more)"),
    ],
)
def test_a_wrong_value_is_named_with_what_it_must_be(fields, problem):
    with pytest.raises(ValidationError) as error:
        Parcel(**fields)

    assert describe_invalid(error.value, with_value=True) == problem


def test_a_missing_field_is_called_missing():
    class Letter(BaseModel):
        body: str

    with pytest.raises(ValidationError) as error:
        Letter.model_validate({})

    assert describe_invalid(error.value, with_value=True) == "body is missing"


def test_a_value_stays_out_of_the_message_unless_it_is_asked_for():
    with pytest.raises(ValidationError) as error:
        Parcel(name=7)

    assert describe_invalid(error.value) == "name must be text"
