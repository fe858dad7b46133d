"""Credits: who wrote an article, who helped with it, and the labelled fields that pages put beside a name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from streams.enrich.cleanup.boilerplate import end_of_words
from streams.enrich.cleanup.line_patterns import TABLES, alternatives
from streams.enrich.cleanup.words import ends_sentence

_LONGEST_BYLINE = 200  # characters
_LONGEST_NAMES = 150
_LONGEST_CREDIT = 300

_SEPARATOR = r"\s*[,;|•·–-]\s*"
_NAME = r"[A-Z\u00c0-\u00de][\w.'’-]*"
_PERSON = rf"{_NAME}(?:\ {_NAME}){{1,2}}"
_NAMES_ALONE = re.compile(rf"(?x) {_PERSON} (?: (?:,\ |,?\ and\ |\ &\ ) {_PERSON} )*")

_BYLINE = re.compile(
    rf"""(?x)
    (?:[Bb]y|BY|[Ww]ritten\ by|Reported\ by|Story\ by|Text\ by|Von|Par|Por)\s*:?\s+
    (?P<names>{_NAME}(?:(?:,\ |,?\ and\ |,?\ AND\ |\ &\ |\ )(?:(?:de|van|von|der|la|al|bin|el
        |du)\ )?{_NAME}){{0,11}})
    (?:(?:\s*[,|•·(]|\s+[@–-])\s*.{{0,80}})?
    """
)

_PARTICLE = r"(?:de|van|von|der|den|la|al|bin|el|du|da|dos|di|della|ter|ten|le)"
_WRITER = rf"{_NAME}(?:\ (?:(?:de|van|von|der|den|la|al|bin|el|du)\ ){{0,2}}{_NAME}){{1,3}}?"
_WRITTEN = (
    r"(?:(?:[Ww]ords|WORDS|Text[eo]?|TEXT|Story)"
    r"(?:\ (?:and|&|AND)\ (?:[Pp]ictures|[Pp]hoto(?:graph)?s|[Pp]hotography|PHOTOS))?"
    r"|Testo|Tekst|Autore|Reporting|Interview"
    r"|(?:Author|Writer|Reporter|Correspondent|Autor|Auteur)s?)(?:\s?:|\ by:?)\s"
    rf"(?P<names>{_WRITER}(?:(?:,\ |,?\ (?:and|und|et|y|e)\ |\ [&/]\ ){_WRITER}){{0,5}}?)"
)
_CREDITED_WRITER = re.compile(rf"{_WRITTEN}(?:(?:{_SEPARATOR}|\.\s|\s/\s).{{0,80}})?")

# "Anna Berg in Oslo and Jón Jónsson in Reykjavik": where each of them wrote.
_AND = r"(?:,\ |,?\ (?:and|AND|with)\ |\ &\ )"
_PLACE = (
    rf"{_NAME}(?:\ (?:{_PARTICLE}\ )?{_NAME}){{0,2}}"
    rf"(?:,\ {_NAME}(?:\ {_NAME})?(?=,|\ and\ |\ &\ |\s*[|•·–]|$))?"
)
_WHOLE_NAME = rf"{_NAME}(?:\ (?:{_PARTICLE}\ ){{0,2}}{_NAME}){{1,3}}"
_IN_PLACE = rf"\ (?:(?:reporting|reports?|writing)\ )?(?:in|at|from)\ (?:the\ )?{_PLACE}"
_LOCATED = re.compile(
    r"(?P<by>(?:[Bb]y|BY|From|FROM|(?:[Ww]ritten|[Rr]eport(?:ing|ed)|[Aa]nalysis|[Ii]nterview)\ by)\s*:?\s+)?"
    rf"(?P<names>{_WHOLE_NAME}(?:{_IN_PLACE})?(?:{_AND}{_WHOLE_NAME}(?:{_IN_PLACE})?){{0,5}})"
    r"(?P<rest>,?\ (?:and|with)\ (?:[Aa]genc(?:y|ies)|wires?)(?:\ staff)?|\ for\ .{2,50})?"
    r"(?:\s*[|•·–(@].{0,80}|,\ [^.!?]{2,80})?"
)
_PLACE_OF_NAME = re.compile(_IN_PLACE)
_JOINED = re.compile(_AND)

# A label is written as a sentence begins: "Mileage this month". In capitals throughout, it could be a name.
_LABEL = r"[A-Z\u00c0-\u00de][\w'’-]{1,20}(?:\ [^\W\d_A-Z\u00c0-\u00de][\w'’-]{0,20}){0,3}\s?:\s"
_WRITER_BEFORE_LABEL = re.compile(rf"{_WRITTEN}(?:{_SEPARATOR}|\s)(?={_LABEL})")
_NUMBER = r"[£$€¥+-]?\d[\w.,:/%°]*(?:\ [\w/%°]{1,12})?"
_FIELDS = re.compile(
    rf"{_LABEL}(?:{_NUMBER}"
    rf"|(?:{_NUMBER}|{_WRITER})(?:(?:{_SEPARATOR}|\ ){_LABEL}(?:{_NUMBER}|{_WRITER})){{1,5}})"
)

_CREDIT = re.compile(rf"[\W_]{{0,3}}(?:{alternatives(TABLES['credits'])})[\W_]{{0,9}}")


def byline(line: str) -> str | None:
    """Return the names that `line` gives, or None if it is not a byline."""
    if len(line) > _LONGEST_BYLINE:
        return None
    if writers := _located_writers(line, has_by=True):
        return _joined(writers)
    match = _BYLINE.fullmatch(line) or _CREDITED_WRITER.fullmatch(line)
    return match["names"].rstrip(".") if match else None


def names(line: str, story: Iterable[str] = ()) -> str | None:
    """Return the names in `line` if it is those of one or more people, as a byline without "by" is, or None.

    They may have places: those who write from somewhere. A name that is also in the texts of `story` is one
    that the article is about.
    """
    if len(line) > _LONGEST_NAMES:
        return None
    if _NAMES_ALONE.fullmatch(line):
        return line
    writers = _located_writers(line, has_by=False)
    if len(writers) == 1:
        surname = re.compile(rf"\b{re.escape(writers[0].split()[-1])}\b", re.IGNORECASE)
        if any(text != line and surname.search(text) for text in story):
            return None
    return _joined(writers) if writers else None


def writer_end(line: str) -> int | None:
    """Return where the writers' credit ends, if `line` begins with one and a labelled field follows."""
    match = _WRITER_BEFORE_LABEL.match(line) if len(line) <= _LONGEST_BYLINE else None
    return match.end() if match else None


def is_fields(line: str) -> bool:
    """Return True if `line` is a labelled number, or several labelled numbers and names, and nothing else."""
    return len(line) <= _LONGEST_BYLINE and _FIELDS.fullmatch(line) is not None


def _located_writers(line: str, *, has_by: bool) -> list[str]:
    """Return the names, without the places, if `line` says who wrote and from where, or []."""
    match = _LOCATED.fullmatch(line)
    if match is None or bool(match["by"]) is not has_by or ends_sentence(line):
        return []
    writers, places = _PLACE_OF_NAME.subn("", match["names"])
    is_from = has_by and match["by"].strip().lower() == "from"
    if not places and (match["rest"] is None or is_from or not has_by):
        return []
    return [name.strip() for name in _JOINED.split(writers) if name.strip()]


def _joined(names: list[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def is_credit(line: str) -> bool:
    """Return True if `line` names those who helped with the article, and nothing else."""
    return len(line) <= _LONGEST_CREDIT and _CREDIT.fullmatch(line, 0, end_of_words(line)) is not None
