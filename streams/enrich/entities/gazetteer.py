"""A user's gazetteer: the user's own names with their types and ids. They win over the tagger's.

TOML, one table for each thing:

    [[entity]]
    names = ["Acme Robotics", "Acme"]     # surface forms, as the text writes them
    type = "ORG"                          # PER, ORG, LOC or MISC
    ids = { wikidata = "Q42", crm = "A-17" }
    case = "exact"                        # the default; or "ignore"

CSV, with a header: `names` (separated by |), `type`, `case`, and a column for each scheme of ids.
"""

from __future__ import annotations

import csv
import hashlib
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

from ahocorasick_rs import AhoCorasick, MatchKind
from pydantic import BeforeValidator, Field, StringConstraints, ValidationError

from streams.enrich.entities.surfaces import is_whole, key_of
from streams.enrich.entities.taggers.base import Span
from streams.enrich.validation import Table, describe_problem, must_be
from streams.errors import GazetteerError
from streams.events import EntityType

FIELDS = ("names", "type", "ids", "case")

SurfaceForm = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


def _is_exact(case: Any) -> bool:
    if case not in ("exact", "ignore"):
        raise ValueError(f"must be one of exact, ignore, not {case!r}")
    return bool(case == "exact")


class Entry(Table):
    """One thing that the user knows, as a table or row of the file describes it."""

    names: Annotated[tuple[SurfaceForm, ...], Field(min_length=1), must_be("one or more surface forms")]
    type: Annotated[EntityType, must_be(f"one of {', '.join(EntityType)}")]
    ids: Annotated[dict[str, str], must_be("a table of schemes and ids, both text")] = Field({})
    exact: Annotated[bool, BeforeValidator(_is_exact)] = Field(True, alias="case")


class Gazetteer:
    """Finds the user's names in texts, as whole words, the longest first."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = tuple(entries)
        self.version = hashlib.sha256(repr(self.entries).encode()).hexdigest()[:8]
        self._exact = _NameFinder([(name, e) for e in entries if e.exact for name in e.names])
        self._lower = _NameFinder([(name.lower(), e) for e in entries if not e.exact for name in e.names])
        self._by_key = {(e.type, key_of(name)): e for e in entries for name in e.names}

    @classmethod
    def load(cls, path: Path) -> Gazetteer:
        """Load the file at `path`. Raise GazetteerError with the file, row or table, key and reason."""
        try:
            text = path.expanduser().read_text(encoding="utf-8-sig")
        except OSError as error:
            raise GazetteerError(f"{path}: cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise GazetteerError(f"{path}: is not UTF-8 at byte {error.start}") from error
        match path.suffix.lower():
            case ".toml":
                return cls(list(_read_toml(path, text)))
            case ".csv":
                return cls(list(_read_csv(path, text)))
        raise GazetteerError(f"{path}: must end in .toml or .csv")

    def merge(self, text: str, spans: Sequence[Span]) -> list[Span]:
        """Return the user's names in `text` and those `spans` that overlap none of them, in text order."""
        own = self._find(text)
        if not own:
            return list(spans)
        merged = list(own)
        position = 0
        for span in spans:
            while position < len(own) and own[position].end <= span.start:
                position += 1
            if position == len(own) or own[position].start >= span.end:
                merged.append(span)
        return sorted(merged)

    def entry(self, type_: EntityType, key: str) -> Entry | None:
        """Return the entry of this type that has a name with this key, or None."""
        return self._by_key.get((type_, key))

    def _find(self, text: str) -> list[Span]:
        matches = [*self._exact.matches(text, text)]
        if self._lower:
            lower = text.lower()
            # Some letters (İ) become two in lower case. They stay as they are, so that no position shifts.
            if len(lower) != len(text):
                lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
            matches += self._lower.matches(text, lower)
        spans: list[Span] = []
        end_of_last = 0
        for start, end, entry in sorted(matches, key=lambda match: (match[0], -match[1])):
            if start >= end_of_last:
                spans.append(Span(start, end, entry.type, 1.0))
                end_of_last = end
        return spans


class _NameFinder:
    def __init__(self, names: list[tuple[str, Entry]]) -> None:
        self._entries = [entry for _, entry in names]
        self._automaton = (
            AhoCorasick([name for name, _ in names], matchkind=MatchKind.LeftmostLongest) if names else None
        )

    def __bool__(self) -> bool:
        return self._automaton is not None

    def matches(self, text: str, searched: str) -> Iterator[tuple[int, int, Entry]]:
        """Yield start, end and entry of each name in `searched` that is whole words of `text`."""
        if self._automaton is None:
            return
        for index, start, end in self._automaton.find_matches_as_indexes(searched):
            if is_whole(text, start, end):
                yield start, end, self._entries[index]


def _read_toml(path: Path, text: str) -> Iterator[Entry]:
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise GazetteerError(f"{path}: is not valid TOML: {error}") from error
    except RecursionError as error:
        raise GazetteerError(f"{path}: is nested too deeply") from error
    unknown = set(tables) - {"entity"}
    if unknown or not isinstance(tables.get("entity"), list):
        besides = f" (found {', '.join(sorted(unknown))})" if unknown else ""
        raise GazetteerError(f"{path}: must hold [[entity]] tables and nothing else{besides}")
    for number, table in enumerate(tables["entity"], start=1):
        yield _validate(table, f"{path}, entity {number}")


def _read_csv(path: Path, text: str) -> Iterator[Entry]:
    reader = csv.DictReader(text.splitlines())
    for row in _rows(path, reader):
        where = f"{path}, row {reader.line_num}"
        if None in row or None in row.values():
            raise GazetteerError(f"{where}: does not have as many columns as the header")
        ids = {scheme: value for scheme, value in row.items() if value and scheme not in FIELDS}
        names, case = row["names"].split("|"), row.get("case") or "exact"
        yield _validate({"names": names, "type": row["type"], "ids": ids, "case": case}, where)


def _rows(path: Path, reader: csv.DictReader[str]) -> Iterator[dict[str, str]]:
    try:
        missing = {"names", "type"} - set(reader.fieldnames or ())
        if missing:
            raise GazetteerError(f"{path}, row 1: the header lacks {' and '.join(sorted(missing))}")
        yield from reader
    except csv.Error as error:
        raise GazetteerError(f"{path}, row {reader.line_num}: {error}") from error


def _validate(table: Any, where: str) -> Entry:
    try:
        return Entry.model_validate(table)
    except ValidationError as error:
        raise GazetteerError(f"{where}: {describe_problem(error)}") from error
