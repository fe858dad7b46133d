"""The words of lexicon.toml, by what they tell."""

from __future__ import annotations

import tomllib
from importlib.resources import files

_LEXICON = tomllib.loads(
    files("streams.enrich.entities").joinpath("lexicon.toml").read_text(encoding="utf-8")
)


def words(name: str) -> frozenset[str]:
    """The list called NAME."""
    return frozenset(_LEXICON[name].split())


NICKNAMES: dict[str, str] = {
    short: full for full, shorts in _LEXICON["nicknames"].items() for short in shorts.split()
}
