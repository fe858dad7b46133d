"""How names of organisations, places and other things are shortened: acronyms and words left out."""

from __future__ import annotations

from streams.enrich.entities.lexicon import word_list
from streams.events import EntityType

LEGAL_FORMS = word_list("legal_forms")
SMALL_WORDS = word_list("small_words")


def acronyms(tokens: tuple[str, ...]) -> set[str]:
    """Return the acronyms of a name: with and without the letters of small words, or without the last one."""
    initials = "".join(token[0] for token in tokens if token not in SMALL_WORDS)
    forms = {initials, "".join(token[0] for token in tokens)}
    if len(initials) > 3:
        forms.add(initials[:-1])  # CDC: the Centers for Disease Control and Prevention
    return forms


def is_syllabic_acronym(acronym: str, tokens: tuple[str, ...]) -> bool:
    """Return True if `acronym` joins the beginnings of all tokens: tepco, Tokyo Electric Power Company."""
    tokens = tuple(token for token in tokens if token not in SMALL_WORDS)
    if not tokens:
        return not acronym
    longest = min(3, len(acronym) - len(tokens) + 1)
    return any(
        acronym[:size] == tokens[0][:size] and is_syllabic_acronym(acronym[size:], tokens[1:])
        for size in range(1, longest + 1)
    )


def without_legal_form(key: str) -> str:
    """Return the key of a company's name without "Inc" or "Corp" at its end."""
    tokens = key.split()
    while len(tokens) > 1 and tokens[-1] in LEGAL_FORMS:
        tokens.pop()
    return " ".join(tokens).rstrip(",")


def without_variable_parts(key: str, type_: EntityType) -> str:
    """Return the key without a company's legal form, "D.C.", or the plural ending of a people."""
    if type_ is EntityType.ORG:
        key = without_legal_form(key)
        return key.removesuffix("s") if len(key) > 6 and " " not in key else key
    tokens = key.split()
    if type_ is EntityType.LOC and len(tokens) > 1 and tokens[-1] == "dc":
        tokens = [token.rstrip(",") for token in tokens[:-1]]
    elif type_ is EntityType.MISC and tokens and len(tokens[-1]) > 4:
        tokens[-1] = tokens[-1].removesuffix("s")
    return " ".join(tokens)
