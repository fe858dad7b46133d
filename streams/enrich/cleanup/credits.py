"""Credits: who wrote an article, who helped with it, and the labelled fields that pages put beside a name."""

from __future__ import annotations

import re

from streams.enrich.cleanup.boilerplate import end_of_words
from streams.enrich.cleanup.line_patterns import TABLES, alternatives

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
    (?:\s*[,|•·–-]\s*.{{0,80}})?
    """
)

_WRITER = rf"{_NAME}(?:\ (?:(?:de|van|von|der|den|la|al|bin|el|du)\ ){{0,2}}{_NAME}){{1,3}}?"
_WRITTEN = (
    r"(?:[Ww]ords|WORDS|Text[eo]?|TEXT|Testo|Tekst|Autore"
    r"|(?:Author|Writer|Reporter|Correspondent|Autor|Auteur)s?)(?:\s?:|\ by:?)\s"
    rf"(?P<names>{_WRITER}(?:(?:,\ |,?\ (?:and|und|et|y|e)\ |\ [&/]\ ){_WRITER}){{0,5}}?)"
)
_CREDITED_WRITER = re.compile(rf"{_WRITTEN}(?:{_SEPARATOR}.{{0,80}})?")

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
    match = _BYLINE.fullmatch(line) or _CREDITED_WRITER.fullmatch(line)
    return match["names"] if match else None


def names(line: str) -> str | None:
    """Return `line` if it is the names of one or more people, as a byline without "by" is, or None."""
    return line if len(line) <= _LONGEST_NAMES and _NAMES_ALONE.fullmatch(line) else None


def writer_end(line: str) -> int | None:
    """Return where the writers' credit ends, if `line` begins with one and a labelled field follows."""
    match = _WRITER_BEFORE_LABEL.match(line) if len(line) <= _LONGEST_BYLINE else None
    return match.end() if match else None


def is_fields(line: str) -> bool:
    """Return True if `line` is a labelled number, or several labelled numbers and names, and nothing else."""
    return len(line) <= _LONGEST_BYLINE and _FIELDS.fullmatch(line) is not None


def is_credit(line: str) -> bool:
    """Return True if `line` names those who helped with the article, and nothing else."""
    return len(line) <= _LONGEST_CREDIT and _CREDIT.fullmatch(line, 0, end_of_words(line)) is not None
