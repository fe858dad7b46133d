"""English as phrases need it: plurals, forms of a verb, and common words, by rules and english.toml."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files

_LISTS = tomllib.loads(files("streams.enrich.labels").joinpath("english.toml").read_text(encoding="utf-8"))
_PLURALS: dict[str, list[str]] = {noun: forms.split() for noun, forms in _LISTS["plurals"].items()}
_VERB_FORMS: dict[str, list[str]] = {verb: forms.split() for verb, forms in _LISTS["verb_forms"].items()}
_DOUBLES_ITS_LAST_LETTER = re.compile(r"[^aeiou][aeiou][bdglmnprt]$")  # plan, planned; cancel, cancelled

COMMON_WORDS: frozenset[str] = frozenset(_LISTS["common_words"].split())


def plural_forms(noun: str) -> list[str]:
    """Return the plurals of `noun` by the rules of English spelling, or [] if it seems to be a plural."""
    if noun in _PLURALS:
        return _PLURALS[noun]
    if noun.endswith(("s", "x", "z", "ch", "sh")):
        is_plural = noun.endswith("s") and not noun.endswith(("ss", "us", "gas"))
        return [] if is_plural else [noun + "es"]
    if _ends_in_consonant_and_y(noun):
        return [noun[:-1] + "ies"]
    return [noun + "s"]


def inflected(word: str) -> list[str]:
    """Return `word` and all its forms, as a noun and as a verb. A form that does not exist does no harm."""
    forms = [word, *plural_forms(word), *_VERB_FORMS.get(word, ())]
    if word.endswith("e"):
        forms += [word + "d", word[:-1] + "ing"]
    elif _ends_in_consonant_and_y(word):
        forms += [word[:-1] + "ied", word + "ing"]
    else:
        forms += [word + "ed", word + "ing"]
        if _DOUBLES_ITS_LAST_LETTER.search(word):
            forms += [word + word[-1] + "ed", word + word[-1] + "ing"]
    return forms


def _ends_in_consonant_and_y(word: str) -> bool:
    return len(word) > 1 and word.endswith("y") and word[-2] not in "aeiou"
