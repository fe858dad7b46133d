"""The names of the months in the languages of months.toml.

dateparser knows them too, but takes 0.2 s to load and 50 ms for each language, and 1 to 5 ms to read a date.
"""

from __future__ import annotations

import tomllib
import unicodedata
from functools import cache
from importlib.resources import files

# Codes for a language, or one much like it, that the table has under another.
_OTHER_CODES = {"no": "nb", "nn": "nb", "iw": "he", "in": "id", "bs": "sr", "sh": "sr"}


def month_number(name: str, language: str = "") -> int | None:
    """Return the number of the month that is called `name`, or None if no language calls one so.

    A name that means several months is read in `language`, a code such as "pl" or "pl-PL".
    """
    key = unicodedata.normalize("NFC", name).casefold().strip(".")
    numbers = _numbers().get(key)
    if numbers is None:
        return None
    code = language.lower().replace("_", "-").partition("-")[0]
    own = numbers.get(_OTHER_CODES.get(code, code))
    all_numbers = {*numbers.values()}
    return own or (all_numbers.pop() if len(all_numbers) == 1 else None)


@cache
def _numbers() -> dict[str, dict[str, int]]:
    """Return for each name the number of the month by language."""
    text = files("streams.enrich.cleanup").joinpath("months.toml").read_text(encoding="utf-8")
    found: dict[str, dict[str, int]] = {}
    for language, months in tomllib.loads(text).items():
        for number, names in enumerate(months.split("|"), start=1):
            for name in names.split():
                found.setdefault(name.casefold(), {})[language] = number
    return found
