"""Articles out of files: text, HTML, JSON Lines, folders of them, and standard input.

What cannot be read is reported by name and line number, and the rest goes on. One line or one file is in
memory at a time, however large the whole.
"""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC
from enum import Enum
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import orjson
from pydantic import ValidationError

from streams.errors import SourceError
from streams.events import ContentType, RawArticle

STANDARD_INPUT = Path("-")

_SNIFFED_BYTES = 8192
# JSON may write a character in 6 bytes (\u0416) where UTF-8 needs 2, and a record has fields that we drop.
_LINE_TO_EVENT = 4
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_HTML_START = re.compile(
    r"\s*<(?:!doctype|!--|\?xml|html|head|body|article|main|section|div|h1|p)(?![\w-])", re.IGNORECASE
)
_JSON_START = re.compile(r"""\s*(?:\{\s*["}]|\[\s*[\[{\]])""")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
# Python's codecs that no browser has: some take a time that grows with the square of the length.
_NOT_OF_THE_WEB = {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"}
_DECLARED_CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE)


class Form(Enum):
    """What a source is written in."""

    TEXT = "text"
    HTML = "HTML"
    JSON_LINES = "JSON Lines"


FORMS = {
    ".txt": Form.TEXT,
    ".text": Form.TEXT,
    ".html": Form.HTML,
    ".htm": Form.HTML,
    ".xhtml": Form.HTML,
    ".jsonl": Form.JSON_LINES,
    ".ndjson": Form.JSON_LINES,
    ".json": Form.JSON_LINES,
}

Report: TypeAlias = Callable[[SourceError], None]
Note: TypeAlias = Callable[[str], None]


@dataclass(frozen=True)
class SourcedArticle:
    """An article and the file and line that it was read from."""

    where: str
    article: RawArticle


def find_sources(paths: Iterable[Path], report: Report, note: Note) -> list[Path]:
    """The files that PATHS name: files as given, folders as what they hold, recursive and sorted by name.

    In a folder only the suffixes in FORMS are taken; other files are noted, and hidden ones passed over.
    """
    return [source for path in paths for source in (_inside(path, report, note) if path.is_dir() else [path])]


def size_of(source: Path) -> int:
    """Bytes of SOURCE where they are known before it is read, else 0: standard input, pipes."""
    try:
        return source.stat().st_size if source != STANDARD_INPUT else 0
    except OSError:
        return 0


@dataclass
class ArticleReader:
    """Reads raw articles; each problem goes to `report`, each remark that is none to `note`.

    `publisher` is given to articles that name none. An article whose event is over `max_article_bytes` is a
    problem. `advance` is called with the number of bytes after each read.
    """

    report: Report
    note: Note
    max_article_bytes: int
    publisher: str | None = None
    standard_input: BinaryIO | None = None
    advance: Callable[[int], None] = field(default=lambda _: None)

    def read(self, sources: Iterable[Path]) -> Iterator[SourcedArticle]:
        """The articles of SOURCES in their order; `-` is standard input."""
        for source in sources:
            try:
                yield from self._read(source)
            except OSError as error:
                self.report(SourceError(f"{shown(source)}: {error.strerror or error}"))
            except SourceError as error:
                self.report(error)

    def _read(self, source: Path) -> Iterator[SourcedArticle]:
        if source == STANDARD_INPUT:
            stream = self.standard_input or sys.stdin.buffer
            yield from self._articles("standard input", None, stream)
            return
        with source.open("rb") as stream:
            yield from self._articles(shown(source), FORMS.get(source.suffix.lower()), stream)

    def _articles(self, name: str, form: Form | None, stream: BinaryIO) -> Iterator[SourcedArticle]:
        buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(stream)  # type: ignore[type-var]
        start = buffered.peek(_SNIFFED_BYTES)
        form = form or sniff(start)
        if form is Form.JSON_LINES:
            yield from self._records(name, buffered, wide=start.startswith(_UTF16))
        else:
            yield self._document(name, form, buffered)

    def _document(self, name: str, form: Form, stream: BinaryIO) -> SourcedArticle:
        content = stream.read(self.max_article_bytes + 1)
        self.advance(len(content))
        if len(content) > self.max_article_bytes:
            raise SourceError(f"{name}: {self._too_large()}")
        body, remark = decode(name, content, html=form is Form.HTML)
        if remark:
            self.note(f"{name}: {remark}")
        if not body.strip():
            raise SourceError(f"{name}: is empty")
        content_type = ContentType.HTML if form is Form.HTML else ContentType.TEXT
        return self._sourced(name, {"body": body, "content_type": content_type})

    def _records(self, name: str, stream: BinaryIO, *, wide: bool) -> Iterator[SourcedArticle]:
        noted = False
        limit = self.max_article_bytes * _LINE_TO_EVENT
        for number, line in enumerate(_utf16_lines(stream, limit) if wide else _lines(stream, limit), 1):
            where = f"{name}:{number}"
            self.advance(len(line))
            try:
                if len(line) > limit:
                    raise SourceError(f"{where}: {self._too_large()}")
                if not line.strip():
                    continue
                if number == 1 and line.strip() in (b"[", b"{"):
                    self.report(SourceError(f"{name}: is one JSON document: write one article on each line"))
                    return
                record, remark = _record(where, line)
                if remark and not noted:  # one encoding, one remark
                    noted = True
                    self.note(f"{where}: {remark}")
                yield self._sourced(where, record)
            except SourceError as error:
                self.report(error)

    def _sourced(self, where: str, record: dict[str, Any]) -> SourcedArticle:
        if self.publisher and record.get("publisher") is None:
            record = {**record, "publisher": self.publisher}
        try:
            article = RawArticle.model_validate(record)
        except ValidationError as error:
            raise SourceError(f"{where}: {_reason(error)}") from error
        if (
            article.published_at and article.published_at.tzinfo is None
        ):  # a date alone is its midnight in UTC
            article = article.model_copy(update={"published_at": article.published_at.replace(tzinfo=UTC)})
        if len(article.to_bytes()) > self.max_article_bytes:
            raise SourceError(f"{where}: {self._too_large()}")
        return SourcedArticle(where, article)

    def _too_large(self) -> str:
        return f"is over {self.max_article_bytes:,} bytes, the limit that WIREROOM_MAX_ARTICLE_BYTES sets"


def sniff(start: bytes) -> Form:
    """What a source that begins with START is written in."""
    text = start.decode("utf-16" if start.startswith(_UTF16) else "utf-8-sig", "replace")
    if _JSON_START.match(text):
        return Form.JSON_LINES
    return Form.HTML if _HTML_START.match(text) else Form.TEXT


def decode(name: str, content: bytes, *, html: bool = False) -> tuple[str, str | None]:
    """CONTENT as text, and a remark where its encoding had to be guessed or bytes had to be replaced.

    Tried in turn: a byte order mark, UTF-8, the charset that an HTML page declares, UTF-8 with a few broken
    bytes, Windows-1252. Raises SourceError when none fits.
    """
    if content.startswith(_UTF16):
        return content.decode("utf-16", "replace"), None
    if content.count(0) * 100 > len(content):
        raise SourceError(f"{name}: is binary, or UTF-16 without a byte order mark")
    declared = _DECLARED_CHARSET.search(content[:_SNIFFED_BYTES]) if html else None
    for encoding in ("utf-8-sig", *([_web_encoding(declared[1])] if declared else [])):
        try:
            return content.decode(encoding), None
        except (UnicodeError, LookupError):
            continue
    repaired = content.decode("utf-8-sig", "replace")
    broken = repaired.count("\ufffd")
    if 0 < broken <= len(_NOT_ASCII.findall(repaired)) - broken:  # most of what is not ASCII is UTF-8
        return repaired, f"{broken} broken UTF-8 characters were replaced"
    try:
        return content.decode("cp1252"), "is not UTF-8, read as Windows-1252"
    except UnicodeDecodeError:
        raise SourceError(f"{name}: is neither UTF-8 nor Windows-1252; convert it to UTF-8") from None


def shown(path: Path) -> str:
    """PATH as it can be printed, whatever bytes its name is made of."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _inside(folder: Path, report: Report, note: Note) -> Iterator[Path]:
    found = False
    walk = os.walk(folder, onerror=lambda error: report(SourceError(f"{error.filename}: {error.strerror}")))
    for parent, folders, names in walk:
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(parent, name)
            if name.startswith("."):
                continue
            if path.suffix.lower() in FORMS:
                found = True
                yield path
            else:
                note(f"{shown(path)}: passed over, its name does not end in {', '.join(FORMS)}")
    if not found:
        report(SourceError(f"{shown(folder)}: holds no article; names end in {', '.join(FORMS)}"))


def _lines(stream: BinaryIO, limit: int) -> Iterator[bytes]:
    """The lines of STREAM; of one over LIMIT bytes, its first LIMIT + 1."""
    while line := stream.readline(limit + 1):
        yield line
        while not line.endswith(b"\n") and len(line) > limit:
            line = stream.readline(limit + 1)


def _utf16_lines(stream: BinaryIO, limit: int) -> Iterator[bytes]:
    """The same in UTF-8, of a STREAM in UTF-16."""
    text = io.TextIOWrapper(stream, encoding="utf-16", errors="replace", newline="\n")
    while line := text.readline(limit + 1):
        yield line.encode()
        while not line.endswith("\n") and len(line) > limit:
            line = text.readline(limit + 1)


def _record(where: str, line: bytes) -> tuple[dict[str, Any], str | None]:
    remark = None
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        text, remark = decode(where, line)
        try:
            record = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise SourceError(f"{where}: is no JSON: {error.msg} at column {error.colno}") from error
    if not isinstance(record, dict):
        raise SourceError(f"{where}: is no JSON object; write one article on each line")
    return record, remark


def _reason(error: ValidationError) -> str:
    first, *others = error.errors(include_url=False)
    field_name = ".".join(str(part) for part in first["loc"])
    found = "" if first["type"] == "missing" else f", not {first['input']!r:.60}"
    more = f" (and {len(others)} more)" if others else ""
    return f"{field_name}: {first['msg']}{found}{more}"


def _web_encoding(label: bytes) -> str:
    """The encoding that browsers take LABEL for, where a page declares it in ASCII."""
    name = label.decode().lower()
    if name.startswith("utf-16"):
        return "utf-8"
    with contextlib.suppress(LookupError):
        if codecs.lookup(name).name in _NOT_OF_THE_WEB:
            return "utf-8"
    return "cp1252" if name in {"iso-8859-1", "latin1", "us-ascii"} else name
