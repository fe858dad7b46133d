"""Pydantic models for the files that users write, and one line of plain English for what is wrong in them.

A file's model derives from `Table`. A field whose type alone would give a poor message carries `must_be`.
`describe_problem` turns the `ValidationError` into the line, without the file's name: the caller knows it.
"""

from __future__ import annotations

import re
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
            raise _problem(f"must be a table of {listed}, not {given!r}")
        for key in given:
            if key not in keys:
                raise _problem(f"is not a known key; the keys are {listed}", key=key)
        return given


def must_be(description: str) -> WrapValidator:
    """Return a validator that says "must be `description`, not ..." whatever the field's type objects to."""

    def validate(value: Any, validate_type: ValidatorFunctionWrapHandler) -> Any:
        try:
            return validate_type(value)
        except ValidationError as error:
            raise _problem(f"must be {description}, not {value!r}") from error

    return WrapValidator(validate)


def describe_problem(error: ValidationError) -> str:
    """Return the first problem as "key reason", the key with dots between its parts, as TOML writes it."""
    problem = error.errors(include_url=False)[0]
    unknown = [problem["ctx"]["key"]] if "key" in problem.get("ctx", {}) else []
    reason = {"missing": "is missing"}.get(problem["type"], problem["msg"].removeprefix("Value error, "))
    return " ".join(filter(None, [".".join(map(_toml_key, [*problem["loc"], *unknown])), reason]))


def _toml_key(part: str | int) -> str:
    return str(part) if _BARE_KEY.fullmatch(str(part)) else f'"{part}"'


def _problem(reason: str, **key: str) -> PydanticCustomError:
    return PydanticCustomError("problem", "{reason}", {"reason": reason, **key})
