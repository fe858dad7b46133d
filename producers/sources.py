"""Articles out of files: text, HTML, JSON Lines, feeds, CSV, folders of them, and standard input.

Each may be compressed with gzip. A file or line that cannot be read is reported by name and line number, and
reading continues. One line, page or feed is in memory at a time, however large the whole is.
"""

from __future__ import annotations

import gzip
import io
import os
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias, cast

import orjson
from pydantic import ValidationError

from producers.decoding import (
    UTF16_MARKS,
    Decoded,
    LineDecoder,
    UndecodableContent,
    decode,
    read_lines,
    read_utf16_lines,
)
from producers.feeds import read_entries
from producers.forms import DETECTION_BYTES, FORMS, GZIP_MARK, Form, detect_form, is_read
from producers.tables import read_rows
from streams.errors import SourceError
from streams.events import ContentType, RawArticle
from streams.wording import describe_invalid

STANDARD_INPUT = Path("-")

# JSON may write a character in 6 bytes (\u0416) where UTF-8 needs 2, and a record has fields that we drop.
_LINE_TO_EVENT = 4
_FEED_TO_EVENT = 8  # a feed has many articles, and is read whole

Report: TypeAlias = Callable[[SourceError], None]
Note: TypeAlias = Callable[[str], None]


@dataclass(frozen=True)
class SourcedArticle:
    """An article, and the file and line that it was read from."""

    where: str
    article: RawArticle


def find_sources(paths: Iterable[Path], report: Report, note: Note) -> list[Path]:
    """Return the files that `paths` name; a folder stands for the files in it and below, sorted by name.

    In a folder only files with a suffix in `FORMS` count, compressed or not. Others go to `note`, and hidden
    ones are ignored.
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
    problem. `advance` is called after each read from a file, with the number of bytes.
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
        with source.open("rb", buffering=0) as stream:
            yield from self._articles(shown(source), source, cast(BinaryIO, stream))

    def _articles(self, name: str, path: Path | None, stream: BinaryIO) -> Iterator[SourcedArticle]:
        buffered: io.BufferedReader[Any] = io.BufferedReader(_CountedReads(stream, self.advance))
        if buffered.peek(len(GZIP_MARK)).startswith(GZIP_MARK):
            buffered = io.BufferedReader(gzip.GzipFile(fileobj=buffered))
        try:
            yield from self._uncompressed(name, path, buffered)
        except (EOFError, zlib.error) as error:
            raise SourceError(f"{name}: is gzip that is damaged: {error}") from error

    def _uncompressed(
        self, name: str, path: Path | None, stream: io.BufferedReader[Any]
    ) -> Iterator[SourcedArticle]:
        start = stream.peek(DETECTION_BYTES)
        try:
            form = detect_form(start, path)
        except ValueError as error:
            raise SourceError(f"{name}: {error}; publish text, HTML, JSON Lines, RSS, Atom or CSV") from None
        if form is Form.JSON_LINES:
            yield from self._records(name, stream, wide=start.startswith(UTF16_MARKS))
        elif form is Form.TABLE:
            yield from self._rows(name, stream, wide=start.startswith(UTF16_MARKS))
        elif form is Form.FEED:
            yield from self._entries(name, stream)
        else:
            yield self._document(name, form, stream)

    def _document(self, name: str, form: Form, stream: BinaryIO) -> SourcedArticle:
        body = self._whole(name, stream, self.max_article_bytes, html=form is Form.HTML)
        content_type = ContentType.HTML if form is Form.HTML else ContentType.TEXT
        return self._sourced(name, {"body": body, "content_type": content_type})

    def _whole(self, name: str, stream: BinaryIO, limit: int, *, html: bool) -> str:
        """Return the text of `stream`."""
        content = stream.read(limit + 1)
        if len(content) > limit:
            raise SourceError(f"{name}: {self._too_large(limit)}")
        decoded = _decode(name, content, html=html)
        if decoded.remark:
            self.note(f"{name}: {decoded.remark}")
        if not decoded.text.strip():
            raise SourceError(f"{name}: is empty")
        return decoded.text

    def _entries(self, name: str, stream: BinaryIO) -> Iterator[SourcedArticle]:
        text = self._whole(name, stream, self.max_article_bytes * _FEED_TO_EVENT, html=True)
        entries = read_entries(text)
        try:
            for number, entry in enumerate(entries, 1):
                where = f"{name}: entry {number}"
                feed = entry.pop("feed", None)
                if "body" not in entry:
                    title = f" ({entry['headline']!r})" if "headline" in entry else ""
                    self.report(SourceError(f"{where}{title} has no text"))
                    continue
                try:
                    entry.setdefault("publisher", self.publisher or feed)
                    yield self._sourced(where, entry)
                except SourceError as error:
                    self.report(error)
        except ValueError as error:
            raise SourceError(f"{name}: {error}") from error

    def _rows(self, name: str, stream: BinaryIO, *, wide: bool) -> Iterator[SourcedArticle]:
        limit = self.max_article_bytes
        is_empty = True
        try:
            for line, record in read_rows(self._decoded_lines(name, stream, limit, wide=wide), limit):
                is_empty = False
                try:
                    yield self._sourced(f"{name}:{line}", record)
                except SourceError as error:
                    self.report(error)
        except ValueError as error:
            raise SourceError(f"{name}: {error}") from error
        if is_empty:
            raise SourceError(f"{name}: is a table without rows")

    def _decoded_lines(self, name: str, stream: BinaryIO, limit: int, *, wide: bool) -> Iterator[str]:
        decoder = LineDecoder()
        lines = read_utf16_lines(stream, limit) if wide else read_lines(stream, limit)
        for number, line in enumerate(lines, 1):
            if len(line) > limit:
                raise SourceError(f"{name}:{number}: {self._too_large(limit)}")
            decoded = _decode(f"{name}:{number}", line, decoder)
            if decoded.remark:
                self.note(f"{name}:{number}: {decoded.remark}")
            yield decoded.text

    def _records(self, name: str, stream: BinaryIO, *, wide: bool) -> Iterator[SourcedArticle]:
        noted = False
        decoder = LineDecoder()
        limit = self.max_article_bytes * _LINE_TO_EVENT
        lines = read_utf16_lines(stream, limit) if wide else read_lines(stream, limit)
        for number, line in enumerate(lines, 1):
            where = f"{name}:{number}"
            try:
                if len(line) > limit:
                    raise SourceError(f"{where}: {self._too_large(self.max_article_bytes)}")
                if not line.strip():
                    continue
                if number == 1 and line.strip() in (b"[", b"{"):
                    self.report(SourceError(f"{name}: is one JSON document: write one article on each line"))
                    return
                record, remark = _record(where, line, decoder)
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
            raise SourceError(f"{where}: {self._too_large(self.max_article_bytes)}")
        return SourcedArticle(where, article)

    def _too_large(self, limit: int) -> str:
        return f"is over {limit:,} bytes, the limit that WIREROOM_MAX_ARTICLE_BYTES sets"


class _CountedReads(io.RawIOBase):
    """A stream that reports how many bytes each read has brought. It does not wait to fill a buffer."""

    def __init__(self, stream: BinaryIO, advance: Callable[[int], None]) -> None:
        super().__init__()
        self._read_into = getattr(stream, "readinto1", None) or stream.readinto  # type: ignore[attr-defined]
        self._advance = advance

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read into `buffer`, and return the number of bytes."""
        count: int = self._read_into(buffer) or 0
        if count:
            self._advance(count)
        return count


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
            if is_read(path):
                is_empty = False
                yield path
            else:
                note(f"{shown(path)}: skipped, because its name does not end in {suffixes}")
    if is_empty:
        report(SourceError(f"{shown(folder)}: has no article files; their names end in {suffixes}"))


def _decode(where: str, content: bytes, decoder: LineDecoder | None = None, *, html: bool = False) -> Decoded:
    try:
        return decoder.decode(content) if decoder else decode(content, html=html)
    except UndecodableContent as error:
        raise SourceError(f"{where}: {error}") from None


def _record(where: str, line: bytes, decoder: LineDecoder) -> tuple[dict[str, Any], str | None]:
    """Return the JSON object on `line`, and the remark on its encoding, if any."""
    remark = None
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        decoded = _decode(where, line, decoder)
        remark = decoded.remark
        try:
            record = orjson.loads(decoded.text)
        except orjson.JSONDecodeError as error:
            raise SourceError(f"{where}: is not valid JSON: {error.msg} at column {error.colno}") from error
    if not isinstance(record, dict):
        raise SourceError(f"{where}: is not a JSON object; write one article on each line")
    return record, remark
