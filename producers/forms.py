"""The formats of sources: which there are, how a name or the first bytes tell them, and which are refused."""

from __future__ import annotations

import re
from enum import Enum
from pathlib import PurePath

from producers.decoding import UTF16_MARKS
from producers.tables import is_header

DETECTION_BYTES = 8192
GZIP_SUFFIX = ".gz"
GZIP_MARK = b"\x1f\x8b"

_HTML_START = re.compile(
    r"\s*<(?:!doctype|!--|\?xml|html|head|body|article|main|section|div|h1|p)(?![\w-])", re.IGNORECASE
)
_JSON_START = re.compile(r"""\s*(?:\{\s*["}]|\[\s*[\[{\]])""")
_XML_ROOT = re.compile(
    r"\s*+(?P<declared><\?xml\b[^>]*>)?(?:<\?[^>]*>|<!--(?:(?!-->).)*-->|<!doctype[^<>\[]*(?:\[[^\]]*\])?[^<>]*>|\s++)*+"
    r"<(?P<root>(?:[\w.-]+:)?(?P<name>[\w.-]+))",
    re.IGNORECASE | re.DOTALL,
)
_FEED_ROOTS = {"rss", "feed", "rdf"}
_PARTS = re.compile(r"content-type:\s*multipart/", re.IGNORECASE)
_MAIL_HEADER = re.compile(
    r"(?:from|mime-version|return-path|received|subject|date|message-id):? ", re.IGNORECASE
)

# Files that are no text, by how they begin.
_REFUSED = {
    b"%PDF-": "a PDF",
    b"PK\x03\x04": "a ZIP archive, as .docx, .odt and .epub files are",
    b"\xd0\xcf\x11\xe0": "a document of an old Office program",
    b"{\\rtf": "an RTF document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"BZh": "compressed with bzip2",
    b"\xfd7zXZ": "compressed with xz",
    b"\x28\xb5\x2f\xfd": "compressed with zstd",
    b"\x04\x22\x4d\x18": "compressed with lz4",
    b"7z\xbc\xaf": "a 7z archive",
    GZIP_MARK: "compressed with gzip twice",
    b"PAR1": "a Parquet file",
    b"SQLite format 3": "an SQLite database",
    b"WARC/": "a web archive (WARC)",
}
_TAR_MARK = slice(257, 262)


class Form(Enum):
    """The format of a source."""

    TEXT = "text"
    HTML = "HTML"
    JSON_LINES = "JSON Lines"
    FEED = "RSS or Atom"
    TABLE = "CSV"


# A form of None means that the content tells.
FORMS: dict[str, Form | None] = {
    ".txt": Form.TEXT,
    ".text": Form.TEXT,
    ".html": Form.HTML,
    ".htm": Form.HTML,
    ".xhtml": Form.HTML,
    ".jsonl": Form.JSON_LINES,
    ".ndjson": Form.JSON_LINES,
    ".json": Form.JSON_LINES,
    ".csv": Form.TABLE,
    ".tsv": Form.TABLE,
    ".rss": Form.FEED,
    ".atom": Form.FEED,
    ".rdf": Form.FEED,
    ".xml": None,
}


def is_read(path: PurePath) -> bool:
    """Return True if the name of `path` ends as those of articles do, perhaps compressed."""
    return _suffix(path) in FORMS


def detect_form(start: bytes, path: PurePath | None = None) -> Form:
    """Return the format of a source that begins with `start`. The name of `path` counts, if there is one.

    A feed is a feed whatever its name says, and so is a table. Raises ValueError, which says what the source
    is, if no format fits.
    """
    if kind := _refused_kind(start):
        raise ValueError(f"is {kind}")
    text = start.decode("utf-16" if start.startswith(UTF16_MARKS) else "utf-8-sig", "replace")
    named = FORMS.get(_suffix(path)) if path else None
    if named in {Form.JSON_LINES, Form.TABLE}:
        return named
    root = _XML_ROOT.match(text)
    if root and root["name"].lower() in _FEED_ROOTS:
        return Form.FEED
    if root and root["declared"] and root["name"].lower() != "html":
        raise ValueError(f"is XML of another kind, <{root['root']}>, neither a feed nor a page")
    if named is Form.FEED:
        raise ValueError("is not a feed, although its name ends as the name of a feed does")
    if named is Form.TEXT and is_header(text.partition("\n")[0]):
        return Form.TABLE
    return named or _form_of(text)


def _form_of(text: str) -> Form:
    if _JSON_START.match(text):
        return Form.JSON_LINES
    if _HTML_START.match(text):
        return Form.HTML
    return Form.TABLE if is_header(text.partition("\n")[0]) else Form.TEXT


def _suffix(path: PurePath) -> str:
    if path.suffix.lower() == GZIP_SUFFIX:
        path = path.with_suffix("")
    return path.suffix.lower()


def _refused_kind(start: bytes) -> str | None:
    for mark, kind in _REFUSED.items():
        if start.startswith(mark):
            return kind
    if start[_TAR_MARK] == b"ustar":
        return "a tar archive"
    text = start.decode("ascii", "replace")
    if _MAIL_HEADER.match(text) and _PARTS.search(text):
        return "a mail or a page saved as MHTML"
    return None
