"""Articles out of files: text, HTML, JSON Lines, folders of them, and standard input.

A file or line that cannot be read is reported by name and line number, and reading continues. One line or one
file is in memory at a time, however large the whole is.
"""

from __future__ import annotations

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

from producers.decoding import UTF16_MARKS, UndecodableContent, decode, read_lines, read_utf16_lines
from streams.errors import SourceError
from streams.events import ContentType, RawArticle
from streams.wording import describe_invalid

STANDARD_INPUT = Path("-")

_DETECTION_BYTES = 8192
# JSON may write a character in 6 bytes (\u0416) where UTF-8 needs 2, and a record has fields that we drop.
_LINE_TO_EVENT = 4
_HTML_START = re.compile(
    r"\s*<(?:!doctype|!--|\?xml|html|head|body|article|main|section|div|h1|p)(?![\w-])", re.IGNORECASE
)
_JSON_START = re.compile(r"""\s*(?:\{\s*["}]|\[\s*[\[{\]])""")


class Form(Enum):
    """The format of a source."""

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
    """An article, and the file and line that it was read from."""

    where: str
    article: RawArticle


def find_sources(paths: Iterable[Path], report: Report, note: Note) -> list[Path]:
    """Return the files that `paths` name; a folder stands for the files in it and below, sorted by name.

    In a folder only files with a suffix in `FORMS` count. Others go to `note`, and hidden ones are ignored.
    """
    return [source for path in paths for source in (_inside(path, report, note) if path.is_dir() else [path])]


def size_of(source: Path) -> int:
    """Return the size of `source` in bytes, or 0 if it is unknown before reading: standard input, pipes."""
    try:
        return source.stat().st_size if source != STANDARD_INPUT else 0
    except OSError:
        return 0


@dataclass
class ArticleReader:
    """Reads raw articles. Each problem goes to `report`, each remark that is not a problem to `note`.

    Articles without a publisher get `publisher`. An article whose event is over `max_article_bytes` is a
    problem. `advance` is called after each read, with the number of bytes.
    """

    report: Report
    note: Note
    max_article_bytes: int
    publisher: str | None = None
    standard_input: BinaryIO | None = None
    advance: Callable[[int], None] = field(default=lambda _: None)

    def read(self, sources: Iterable[Path]) -> Iterator[SourcedArticle]:
        """Yield the articles of `sources` in their order; `-` is standard input."""
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
        start = buffered.peek(_DETECTION_BYTES)
        form = form or detect_form(start)
        if form is Form.JSON_LINES:
            yield from self._records(name, buffered, wide=start.startswith(UTF16_MARKS))
        else:
            yield self._document(name, form, buffered)

    def _document(self, name: str, form: Form, stream: BinaryIO) -> SourcedArticle:
        content = stream.read(self.max_article_bytes + 1)
        self.advance(len(content))
        if len(content) > self.max_article_bytes:
            raise SourceError(f"{name}: {self._too_large()}")
        body, remark = _decode(name, content, html=form is Form.HTML)
        if remark:
            self.note(f"{name}: {remark}")
        if not body.strip():
            raise SourceError(f"{name}: is empty")
        content_type = ContentType.HTML if form is Form.HTML else ContentType.TEXT
        return self._sourced(name, {"body": body, "content_type": content_type})

    def _records(self, name: str, stream: BinaryIO, *, wide: bool) -> Iterator[SourcedArticle]:
        noted = False
        limit = self.max_article_bytes * _LINE_TO_EVENT
        lines = read_utf16_lines(stream, limit) if wide else read_lines(stream, limit)
        for number, line in enumerate(lines, 1):
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
                if remark and not noted:  # a file has one encoding, which is noted once
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
            raise SourceError(f"{where}: {describe_invalid(error, with_value=True)}") from error
        published_at = article.published_at
        if published_at and published_at.tzinfo is None:  # a date alone means its midnight in UTC
            article = article.model_copy(update={"published_at": published_at.replace(tzinfo=UTC)})
        if len(article.to_bytes()) > self.max_article_bytes:
            raise SourceError(f"{where}: {self._too_large()}")
        return SourcedArticle(where, article)

    def _too_large(self) -> str:
        return f"is over {self.max_article_bytes:,} bytes, the limit that WIREROOM_MAX_ARTICLE_BYTES sets"


def detect_form(start: bytes) -> Form:
    """Return the format of a source that begins with `start`."""
    text = start.decode("utf-16" if start.startswith(UTF16_MARKS) else "utf-8-sig", "replace")
    if _JSON_START.match(text):
        return Form.JSON_LINES
    return Form.HTML if _HTML_START.match(text) else Form.TEXT


def shown(path: Path) -> str:
    """Return `path` as printable text, whatever bytes its name consists of."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _inside(folder: Path, report: Report, note: Note) -> Iterator[Path]:
    suffixes = ", ".join(FORMS)
    is_empty = True
    walk = os.walk(folder, onerror=lambda error: report(SourceError(f"{error.filename}: {error.strerror}")))
    for parent, folders, names in walk:
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(parent, name)
            if name.startswith("."):
                continue
            if path.suffix.lower() in FORMS:
                is_empty = False
                yield path
            else:
                note(f"{shown(path)}: skipped, because its name does not end in {suffixes}")
    if is_empty:
        report(SourceError(f"{shown(folder)}: has no article files; their names end in {suffixes}"))


def _decode(where: str, content: bytes, *, html: bool = False) -> tuple[str, str | None]:
    try:
        return decode(content, html=html)
    except UndecodableContent as error:
        raise SourceError(f"{where}: {error}") from None


def _record(where: str, line: bytes) -> tuple[dict[str, Any], str | None]:
    """Return the JSON object on `line`, and the remark on its encoding, if any."""
    remark = None
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        text, remark = _decode(where, line)
        try:
            record = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise SourceError(f"{where}: is not valid JSON: {error.msg} at column {error.colno}") from error
    if not isinstance(record, dict):
        raise SourceError(f"{where}: is not a JSON object; write one article on each line")
    return record, remark
