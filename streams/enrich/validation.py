"""Pydantic models for the files that users write, and one line of plain English for what is wrong in them.

A file's model derives from `Table`. A field whose type alone would give a poor message carries `must_be`.
`describe_problem` turns the `ValidationError` into the line, without the file's name: the caller knows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic_core import PydanticCustomError

_BARE_KEY = re.compile(r"[\w-]+")
_WRONG_TYPES = {"dict_type": "a table", "list_type": "a list", "tuple_type": "a list"}


class Table(BaseModel):
    """A table of a user's file. It is immutable and refuses keys that the model does not have."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_keys(cls, given: Any) -> Any:
        keys = [field.alias or name for name, field in cls.model_fields.items()]
        listed = ", ".join(keys)
        if isinstance(given, cls):
            return given
        if not isinstance(given, dict):
            raise problem(f"must be a table of {listed}, not {given!r}")
        for key in given:
            if key not in keys:
                raise problem(f"is not a known key; the keys are {listed}", key=key)
        return given


def must_be(description: str) -> WrapValidator:
    """Return a validator that says "must be `description`, not ..." whatever the field's type objects to."""

    def validate(value: Any, validate_type: ValidatorFunctionWrapHandler) -> Any:
        try:
            return validate_type(value)
        except ValidationError as error:
            raise problem(f"must be {description}, not {value!r}") from error

    return WrapValidator(validate)


def problem(reason: str, **key: str) -> PydanticCustomError:
    """Return the error that a validator raises: `reason` follows the key in the line that the user reads.

    `key` is for a validator of a whole table: the key within the table that the reason is about.
    """
    return PydanticCustomError("problem", "{reason}", {"reason": reason, **key})


def describe_problem(error: ValidationError) -> str:
    """Return the first problem as "key reason", the key with dots between its parts, as TOML writes it."""
    first = error.errors(include_url=False)[0]
    key = [*first["loc"], *(value for name, value in first.get("ctx", {}).items() if name == "key")]
    if first["type"] in _WRONG_TYPES:
        reason = f"must be {_WRONG_TYPES[first['type']]}, not {first['input']!r}"
    elif first["type"] == "missing":
        reason = "is missing"
    else:
        reason = first["msg"].removeprefix("Value error, ")
    return f"{_toml_key(key)} {reason}".lstrip()


def _toml_key(parts: Iterable[str | int]) -> str:
    """Return the parts of a key as TOML writes them; a number is a position in a list."""
    key = ""
    for part in parts:
        if isinstance(part, int):
            key += f"[{part}]"
        else:
            key += ("." if key else "") + (part if _BARE_KEY.fullmatch(part) else f'"{part}"')
    return key
