"""Captions: lines that belong to a picture, by the patterns of boilerplate.toml."""

from __future__ import annotations

import re

from streams.enrich.cleanup.line_patterns import TABLES, alternatives

_LONGEST = 500  # characters
_LONGEST_CREDIT = 120
_CAPTION = re.compile(alternatives(TABLES["captions"]))
_CREDITED = re.compile(alternatives(TABLES["picture_credits"]))
_COUNTED = re.compile(r"\[\d{1,2}/\d{1,2}\]\s?\S.{9,}")  # the number of a picture in a series
# Every credit has one of these words.
_CREDIT_WORDS = ("photo", "foto", "image", "picture", "reuters", "afp", "epa", "via ap", "getty")


def is_caption(line: str) -> bool:
    """Return True if `line` belongs to a picture.

    Such a line names a photographer or an agency's picture, or says that it is a caption.
    """
    if len(line) > _LONGEST:
        return False
    lower = line.lower()
    if _CAPTION.fullmatch(lower):
        return True
    if _COUNTED.match(line):
        return True
    end = lower[-_LONGEST_CREDIT:]
    return any(word in end for word in _CREDIT_WORDS) and _CREDITED.fullmatch(lower) is not None
