"""A user's gazetteer: own names with their types and ids, in TOML or CSV; it wins over the model.

TOML, one table a thing:

    [[entity]]
    names = ["Acme Robotics", "Acme"]     # surface forms, as they stand in the text
    type = "ORG"                          # PER, ORG, LOC or MISC
    ids = { wikidata = "Q42", crm = "A-17" }
    case = "exact"                        # or "ignore"; exact where absent

CSV, with a header: `names` (parted by |), `type`, `case`, and a column for each scheme of ids.
"""

from __future__ import annotations

import csv
import hashlib
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ahocorasick_rs import AhoCorasick, MatchKind

from streams.enrich.entities.consistency import is_whole
from streams.enrich.entities.surfaces import key_of
from streams.enrich.entities.taggers.base import Span
from streams.errors import GazetteerError
from streams.events import EntityType

CASES = ("exact", "ignore")
FIELDS = ("names", "type", "ids", "case")


@dataclass(frozen=True)
class Entry:
    """One thing that the user knows; the first of its names is the one it goes by."""

    names: tuple[str, ...]
    type: EntityType
    ids: dict[str, str]
    exact: bool


class Gazetteer:
    """The user's names, found in texts as whole words, the longest first."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = tuple(entries)
        self.version = hashlib.sha256(repr(self.entries).encode()).hexdigest()[:8]
        self._exact = _Finder([(n, e) for e in entries if e.exact for n in e.names])
        self._folded = _Finder([(n.lower(), e) for e in entries if not e.exact for n in e.names])
        self._ids = {(e.type, key_of(name)): e for e in entries for name in e.names}

    @classmethod
    def load(cls, path: Path) -> Gazetteer:
        """The gazetteer in the file PATH; raises GazetteerError with file, row or key, and reason."""
        try:
            text = path.expanduser().read_text(encoding="utf-8-sig")
        except OSError as error:
            raise GazetteerError(f"{path}: cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise GazetteerError(f"{path}: is not UTF-8 at byte {error.start}") from error
        match path.suffix.lower():
            case ".toml":
                return cls(list(_toml(path, text)))
            case ".csv":
                return cls(list(_csv(path, text)))
        raise GazetteerError(f"{path}: must end in .toml or .csv")

    def over(self, text: str, spans: Sequence[Span]) -> list[Span]:
        """SPANS with the user's names over them: whatever overlaps one of these gives way."""
        own = self._found(text)
        if not own:
            return list(spans)
        kept = list(own)
        position = 0
        for span in spans:
            while position < len(own) and own[position].end <= span.start:
                position += 1
            if position == len(own) or own[position].start >= span.end:
                kept.append(span)
        return sorted(kept)

    def entry(self, type_: EntityType, key: str) -> Entry | None:
        """What the user says of the surface form with this key."""
        return self._ids.get((type_, key))

    def _found(self, text: str) -> list[Span]:
        matches = [*self._exact.matches(text, text)]
        if self._folded:
            lower = text.lower()
            # Lower-casing makes two letters of a few (İ), which would shift positions: leave those alone.
            if len(lower) != len(text):
                lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
            matches += self._folded.matches(text, lower)
        found: list[Span] = []
        reached = 0
        for start, end, entry in sorted(matches, key=lambda m: (m[0], -m[1])):
            if start >= reached:
                found.append(Span(start, end, entry.type, 1.0))
                reached = end
        return found


class _Finder:
    def __init__(self, names: list[tuple[str, Entry]]) -> None:
        self._entries = [entry for _, entry in names]
        self._automaton = (
            AhoCorasick([name for name, _ in names], matchkind=MatchKind.LeftmostLongest) if names else None
        )

    def __bool__(self) -> bool:
        return self._automaton is not None

    def matches(self, text: str, haystack: str) -> Iterator[tuple[int, int, Entry]]:
        if self._automaton is None:
            return
        for index, start, end in self._automaton.find_matches_as_indexes(haystack):
            if is_whole(text, start, end):
                yield start, end, self._entries[index]


def _toml(path: Path, text: str) -> Iterator[Entry]:
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise GazetteerError(f"{path}: is not TOML: {error}") from error
    except RecursionError as error:
        raise GazetteerError(f"{path}: is nested too deeply") from error
    unknown = set(tables) - {"entity"}
    if unknown or not isinstance(tables.get("entity"), list):
        raise GazetteerError(f"{path}: must hold [[entity]] tables and nothing else{_besides(unknown)}")
    for number, table in enumerate(tables["entity"], start=1):
        yield _entry(table, f"{path}, entity {number}")


def _csv(path: Path, text: str) -> Iterator[Entry]:
    reader = csv.DictReader(text.splitlines())
    for row in _rows(path, reader):
        where = f"{path}, row {reader.line_num}"
        if None in row or None in row.values():
            raise GazetteerError(f"{where}: has another number of columns than the header")
        names = [name.strip() for name in row["names"].split("|")]
        ids = {scheme: row[scheme] for scheme in row if scheme not in FIELDS and row[scheme]}
        case = row.get("case") or "exact"
        yield _entry({"names": names, "type": row["type"], "ids": ids, "case": case}, where)


def _rows(path: Path, reader: csv.DictReader[str]) -> Iterator[dict[str, str]]:
    try:
        missing = {"names", "type"} - set(reader.fieldnames or ())
        if missing:
            raise GazetteerError(f"{path}, row 1: the header lacks {' and '.join(sorted(missing))}")
        yield from reader
    except csv.Error as error:
        raise GazetteerError(f"{path}, row {reader.line_num}: {error}") from error


def _entry(table: Any, where: str) -> Entry:
    if not isinstance(table, dict):
        raise GazetteerError(f"{where}: must be a table of {', '.join(FIELDS)}, not {table!r}")
    unknown = set(table) - set(FIELDS)
    if unknown:
        raise GazetteerError(f"{where}: has no field{_besides(unknown)}; the fields are {', '.join(FIELDS)}")
    names, type_, ids, case = (table.get(name) for name in FIELDS)
    if not isinstance(names, list) or not names or not all(isinstance(n, str) and n.strip() for n in names):
        raise GazetteerError(f"{where}: names must be one or more surface forms, not {names!r}")
    if type_ not in tuple(EntityType):
        raise GazetteerError(f"{where}: type must be one of {', '.join(EntityType)}, not {type_!r}")
    ids = ids if ids is not None else {}
    if not isinstance(ids, dict) or not all(isinstance(value, str) for value in ids.values()):
        raise GazetteerError(f"{where}: ids must map schemes to strings, not {ids!r}")
    case = case if case is not None else "exact"
    if case not in CASES:
        raise GazetteerError(f"{where}: case must be one of {', '.join(CASES)}, not {case!r}")
    return Entry(tuple(n.strip() for n in names), EntityType(type_), dict(ids), case == "exact")


def _besides(unknown: set[str]) -> str:
    return f" (found {', '.join(sorted(unknown))})" if unknown else ""
