"""The word lists of words.toml."""

from __future__ import annotations

import tomllib
from importlib.resources import files

_LISTS: dict[str, str] = tomllib.loads(
    files("streams.enrich.cleanup").joinpath("words.toml").read_text(encoding="utf-8")
)


def word_list(name: str) -> frozenset[str]:
    """Return the list called `name`."""
    return frozenset(_LISTS[name].split())
