"""The word lists of lexicon.toml."""

from __future__ import annotations

import tomllib
from importlib.resources import files

_LEXICON = tomllib.loads(
    files("streams.enrich.entities").joinpath("lexicon.toml").read_text(encoding="utf-8")
)


def word_list(name: str) -> frozenset[str]:
    """Return the list called `name`."""
    words = _LEXICON[name]
    return frozenset(words.split() if isinstance(words, str) else words)


def any_of(name: str) -> str:
    """Return a group of a regular expression with the alternatives of the list called `name`."""
    return f"(?:{'|'.join(sorted(word_list(name), key=len, reverse=True))})"


FIRST_NAMES: dict[str, str] = {
    nickname: name for name, nicknames in _LEXICON["nicknames"].items() for nickname in nicknames.split()
}
"""The first name that each nickname stands for."""
