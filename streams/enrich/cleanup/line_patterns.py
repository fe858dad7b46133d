"""The patterns and word lists of boilerplate.toml, ready to be compiled. The file is read once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

TABLES: dict[str, Any] = tomllib.loads(
    files("streams.enrich.cleanup").joinpath("boilerplate.toml").read_text(encoding="utf-8")
)
FRAGMENTS: dict[str, str] = TABLES["fragments"]

_INDENTATION = re.compile(r"(?:\A|\n) *")


def pattern(written: str) -> str:
    """Return a pattern of the file as a regular expression."""
    joined = _INDENTATION.sub("", written)
    for name, fragment in FRAGMENTS.items():
        joined = joined.replace(f"{{{name}}}", fragment)
    return joined


def alternatives(table: dict[str, Any]) -> str:
    """Return a regular expression that matches what any pattern in `table`, or in a table of it, matches."""
    return "|".join(map(pattern, _entries(table)))


def word_set(words: str) -> frozenset[str]:
    """Return the words of a list that is written with white space between them."""
    return frozenset(words.split())


def _entries(table: dict[str, Any]) -> Iterator[str]:
    for entry in table.values():
        if isinstance(entry, dict):
            yield from _entries(entry)
        else:
            yield entry
