"""Articles out of tables, which are CSV: one article a row, and a header that names its columns."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_DELIMITERS = ",;\t|"
_LONGEST_NAME = 40  # characters of a column's name

# How tables name the columns of an article's fields; the first name that a table has counts.
_COLUMNS = {
    field: tuple(names.split())
    for field, names in {
        "article_id": "article_id",
        "headline": """
            headline title heading article_title titel überschrift titre título titulo titolo заголовок
            """,
        "body": """
            body text content article story full_text fulltext main_text maintext article_text article_body
            articlebody article_content body_text news html
            inhalt artikeltext texte contenu texto contenido cuerpo testo текст
            """,
        "url": "url link permalink article_url source_url",
        "publisher": "publisher source outlet publication newspaper source_name site quelle fuente",
        "published_at": """
            published_at published date pub_date pubdate publish_date published_date date_published
            publishedat publication_date datetime timestamp datum fecha дата
            """,
        "language": "language lang",
        "content_type": "content_type",
    }.items()
}
_BODY_NAMES = frozenset(_COLUMNS["body"])
_OTHER_NAMES = frozenset(name for names in _COLUMNS.values() for name in names) - _BODY_NAMES
_DELIMITER_LINE = re.compile(r"sep=(.)\s*", re.IGNORECASE)  # as Excel writes it


class Row(NamedTuple):
    """A row of a table: the line that it begins on, and the fields of its article."""

    line: int
    record: dict[str, str]


def is_header(line: str) -> bool:
    """Return True if `line` names columns of articles: that of the body, and another of an article's."""
    return any(
        not _BODY_NAMES.isdisjoint(names) and not _OTHER_NAMES.isdisjoint(names)
        for names in (set(_names(line, delimiter)) for delimiter in _DELIMITERS)
    )


def read_rows(lines: Iterable[str], limit: int) -> Iterator[Row]:
    """Yield the rows of a table, in which a field has at most `limit` characters.

    Raises ValueError, which says what is wrong, when no column has the body or the table is broken.
    """
    csv.field_size_limit(max(limit, csv.field_size_limit()))  # one limit for the whole process
    lines = iter(lines)
    header = next(lines, "").lstrip("\ufeff")
    above = 1
    if stated := _DELIMITER_LINE.fullmatch(header):
        header = next(lines, "")
        above = 2
    delimiter = stated[1] if stated else max(_DELIMITERS, key=lambda sign: _known(_names(header, sign)))
    names = _names(header, delimiter)
    places = _places(names)
    if "body" not in places:
        listed = ", ".join(name[:_LONGEST_NAME] for name in names[:10])
        raise ValueError(f"is a table without a column body; its columns are: {listed}")
    rows = csv.reader(lines, delimiter=delimiter)
    line = above + 1
    try:
        for cells in rows:
            if any(cells):
                fields = {field: cells[place] for field, place in places.items() if place < len(cells)}
                yield Row(line, {field: cell for field, cell in fields.items() if cell.strip()})
            line = above + rows.line_num + 1
    except csv.Error as error:
        raise ValueError(f"is a broken table at line {line}: {error}") from error


def _names(header: str, delimiter: str) -> list[str]:
    """Return the names of the columns, as `_COLUMNS` writes them."""
    try:
        cells = next(csv.reader([header.strip("\r\n")], delimiter=delimiter), [])
    except csv.Error:  # a stray carriage return, for one
        return []
    return ["_".join(cell.strip().lower().replace("-", " ").split()) for cell in cells]


def _known(names: Iterable[str]) -> int:
    return sum(name in _BODY_NAMES or name in _OTHER_NAMES for name in names)


def _places(names: list[str]) -> dict[str, int]:
    """Return the place of the column of each field that has one."""
    return {
        field: names.index(known[0])
        for field, candidates in _COLUMNS.items()
        if (known := [name for name in candidates if name in names])
    }
