"""Encoding and Unicode: repairs text, one line at a time.

It repairs mojibake (by ftfy), HTML entities, even escaped twice, control and zero-width characters, soft
hyphens and runs of white space, and composes to NFC. A search finds the lines that need no repair.
"""

from __future__ import annotations

import html
import re
import unicodedata

import ftfy
from ftfy.badness import BADNESS_RE
from ftfy.chardata import UTF8_DETECTOR_RE

_WHITE = "\t \x85\xa0\u1680\u2000-\u200a\u202f\u205f\u3000"
_INVISIBLE = "\u00ad\u200b\u2060-\u2064\ufeff"
_CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufff9-\ufffb\ud800-\udfff"
_DIRECTION = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_JOINER = "\u200c\u200d"

_SUSPECT = re.compile(
    f"[{_CONTROL}{_INVISIBLE}{_DIRECTION}{_JOINER}\t\x85\xa0\u1680\u2000-\u200a\u202f\u205f\u3000&]"
)
_SPACES = re.compile(f"[{_WHITE}]+")
_STRAY = re.compile(f"[{_CONTROL}{_INVISIBLE}]")
_MARKS = re.compile(f"[{_DIRECTION}{_JOINER}]")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_NEEDS_MARKS = re.compile(
    # Right-to-left and Indic scripts and emoji sequences are written with joiners and direction marks.
    "[\u0590-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u17ff\u1800-\u18af\ufb1d-\ufdff\ufe70-\ufefc\ufe0f\U0001f000-\U0001faff]"
)

_HIGH = "\x80-\u07ff\u2010-\u2044\u20ac\u2122\u2200-\u25ff\uf8ff\ufb01\ufb02\ufffd"
_ADJACENT = re.compile(
    # A character beyond ASCII has two bytes or more in UTF-8, so mojibake comes in pairs, unless a no-break
    # space became a space. Most articles have typographic quotes and no such pair. They are spared ftfy's
    # search, which costs more than everything else here.
    f"[{_HIGH}](?:[{_HIGH}]|(?<=[\u00c2\u00c3\u00e2]) )"
)

_FTFY = ftfy.TextFixerConfig(
    unescape_html=False,  # our own tells running text from markup
    uncurl_quotes=False,  # quotes stay as the author wrote them
    fix_character_width=False,  # full-width punctuation is right in Chinese and Japanese
    fix_line_breaks=False,  # there are none in a line
    normalization="NFC",
    explain=False,
)
_ROUNDS = 3  # "&amp;amp;lt;" has been escaped three times; nobody escapes four times


def is_mojibake(line: str) -> bool:
    """Return True if the line's bytes were decoded with the wrong encoding."""
    return _ADJACENT.search(line) is not None and bool(
        BADNESS_RE.search(line) or UTF8_DETECTOR_RE.search(line)
    )


def was_mojibake(line: str) -> bool:
    """Return True if the line's characters change when they are decoded as they should have been.

    The search of `is_mojibake` is quick and suspects Greek and Cyrillic text too.
    """
    return is_mojibake(line) and ftfy.fix_encoding(line) != line


def repair(line: str) -> str:
    """Return the line, which has no line break, as it was meant; the same object if nothing is broken."""
    if line.isascii():
        if _is_clear(line):
            return line
    elif is_mojibake(line):
        line = ftfy.fix_text(line, _FTFY).replace("\n", " ")
    elif _is_clear(line) and unicodedata.is_normalized("NFC", line):
        return line
    if "&" in line:
        line = _unescape(line)
    line = _STRAY.sub("", line)
    if _MARKS.search(line) and not _NEEDS_MARKS.search(line):
        line = _MARKS.sub("", line)
    return unicodedata.normalize("NFC", _SPACES.sub(" ", line)).strip()


def _is_clear(line: str) -> bool:
    # A printable line, as most are, has nothing suspect but "&". The test takes a tenth of a search's time.
    return "  " not in line and ("&" not in line if line.isprintable() else _SUSPECT.search(line) is None)


def _unescape(line: str) -> str:
    for _ in range(_ROUNDS):
        unescaped = _ENTITY.sub(lambda entity: html.unescape(entity[0]), line)
        if unescaped == line:
            break
        line = unescaped
    return line.replace("\n", " ").replace("\r", " ")
