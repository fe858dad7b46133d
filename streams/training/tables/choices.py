"""Read the TOML files of choices, and compile their word lists."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def load_choices(table: str) -> dict[str, Any]:
    """Return the choices for the table `table`, such as "cities"."""
    return tomllib.loads(Path(__file__).with_name(f"{table}.toml").read_text(encoding="utf-8"))


def forms_by_code(entries: dict[str, dict[str, Any]]) -> dict[str, list[str]]:
    """Return the forms of each code in `entries`."""
    return {code: entry["forms"] for code, entry in entries.items()}


def any_word(words: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern that finds any of `words` as a whole word."""
    return re.compile(rf"\b({alternatives(words)})\b")


def alternatives(words: Iterable[str]) -> str:
    """Return the source of a pattern that matches any of `words`."""
    return "|".join(map(re.escape, words))
