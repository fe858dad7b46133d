"""Bytes of files as text: encodings as they occur in practice, and lines of bounded length."""

from __future__ import annotations

import codecs
import contextlib
import io
import re
from collections.abc import Iterator
from typing import BinaryIO

UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
DECLARATION_BYTES = 8192  # an HTML page declares its charset within them

_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
# Codecs of Python that no browser has. Some take a time that grows with the square of the length.
_NOT_OF_THE_WEB = {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"}
_DECLARED_CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE)


class UndecodableContent(ValueError):
    """The bytes are not text in an encoding that is tried; the message says so and what to do."""


def decode(content: bytes, *, html: bool = False) -> tuple[str, str | None]:
    """Return `content` as text, and a remark if its encoding was guessed or bytes were replaced.

    The encodings tried are, in this order: that of a byte order mark, UTF-8, the charset that an HTML page
    declares, UTF-8 with a few broken bytes, Windows-1252. Raises UndecodableContent when none fits.
    """
    if content.startswith(UTF16_MARKS):
        return content.decode("utf-16", "replace"), None
    if content.count(0) * 100 > len(content):
        raise UndecodableContent("is binary, or UTF-16 without a byte order mark")
    declared = _DECLARED_CHARSET.search(content[:DECLARATION_BYTES]) if html else None
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
        raise UndecodableContent("is neither UTF-8 nor Windows-1252; convert it to UTF-8") from None


def read_lines(stream: BinaryIO, limit: int) -> Iterator[bytes]:
    """Yield the lines of `stream`; of a line of more than `limit` bytes, its first `limit` + 1."""
    while line := stream.readline(limit + 1):
        yield line
        while not line.endswith(b"\n") and len(line) > limit:
            line = stream.readline(limit + 1)


def read_utf16_lines(stream: BinaryIO, limit: int) -> Iterator[bytes]:
    """Yield the lines of a UTF-16 `stream` as UTF-8, each cut to `limit` + 1 characters."""
    text = io.TextIOWrapper(stream, encoding="utf-16", errors="replace", newline="\n")
    while line := text.readline(limit + 1):
        yield line.encode()
        while not line.endswith("\n") and len(line) > limit:
            line = text.readline(limit + 1)


def _web_encoding(label: bytes) -> str:
    """Return the encoding that browsers use for `label`, the charset of a page that is readable as ASCII."""
    name = label.decode().lower()
    if name.startswith("utf-16"):
        return "utf-8"
    with contextlib.suppress(LookupError):
        if codecs.lookup(name).name in _NOT_OF_THE_WEB:
            return "utf-8"
    return "cp1252" if name in {"iso-8859-1", "latin1", "us-ascii"} else name
