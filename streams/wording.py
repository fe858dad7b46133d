"""Words of messages that several modules write: numbers with their nouns, and what pydantic found wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import ValidationError

VALUE_CHARACTERS = 60

# By pydantic's type of error; its context has the limits.
_REQUIREMENTS = {
    "missing": "is missing",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "bool_parsing": "must be true or false",
    "greater_than": "must be more than {gt:,.10g}",
    "greater_than_equal": "must be at least {ge:,.10g}",
    "less_than_equal": "must be at most {le:,.10g}",
    "string_too_short": "must have {min_length} or more characters",
    "string_too_long": "must have {max_length:,} or fewer characters",
}


def plural(count: int, noun: str, number_format: str = "") -> str:
    """Return `count` with `noun`, which takes an s unless `count` is 1: "1 letter", "2 letters".

    `number_format` is a format specification for `count`: "," makes "1,200 letters".
    """
    return f"{count:{number_format}} {noun}{'' if count == 1 else 's'}"


def describe_invalid(error: ValidationError, *, with_value: bool = False) -> str:
    """Return the first wrong field of an event and why: "body must be text, not 7 (and 1 more)"."""
    first, *others = error.errors(include_url=False)
    field = ".".join(str(part) for part in first["loc"])
    value = (
        f", not {first['input']!r:.{VALUE_CHARACTERS}}" if with_value and first["type"] != "missing" else ""
    )
    more = f" (and {len(others)} more)" if others else ""
    return f"{field} {requirement(first)}{value}{more}".lstrip()


def requirement(problem: Mapping[str, Any]) -> str:
    """Return what pydantic's `problem` says that a value must be, such as "must be a whole number"."""
    wording = _REQUIREMENTS.get(problem["type"])
    if wording is not None:
        return wording.format(**problem.get("ctx", {}))
    message = str(problem["msg"]).removeprefix("Value error, ")
    if problem["type"] in ("literal_error", "enum"):
        message = message.replace("'", "")
    return message.replace("Input should be", "must be", 1)
