"""Captions: lines that belong to a picture, by the patterns of boilerplate.toml."""

from __future__ import annotations

import re

from streams.enrich.cleanup.line_patterns import TABLES, alternatives

_LONGEST = 500  # characters
_LONGEST_CREDIT = 120
_LONGEST_SIGNED = 160
_CAPTION = re.compile(alternatives(TABLES["captions"]))
_CREDITED = re.compile(alternatives(TABLES["picture_credits"]))

# A credit that follows a sentence, a dash, a bar or a bracket, with the names as they are written. "Reuters"
# in a story is followed by other words than a photographer's name.
_AFTER = r"(?:^|[.!?…)\]”\"'’]\s+|\s[-–—|/]\s*|[(\[]\s*|,\s)"
_WORD = (
    r"(?:[A-Z\u00c0-\u00de0-9][\w.'’&-]*"
    r"|de|da|del|della|di|van|von|der|den|al|el|la|le|bin|ibn|y|and|und|et|of|the|via|for|dpa|/)"
)
_NAME = rf"[A-Z\u00c0-\u00de][\w.'’&-]*(?:[ /]{_WORD}){{0,9}}"
_AGENCIES = (
    r"(?:REUTERS|AP(?: Photo)?|AFP(?: PHOTO)?|EPA(?:-EFE)?|EFE|Xinhua|TASS|ANSA|ANI|PTI|DPA|dpa|KEYSTONE|APA"
    r"|PA|UPI|SPUTNIK|Getty(?: Images)?|GETTY IMAGES|Anadolu(?: Agency)?|NurPhoto|ZUMA(?: Press)?|Bloomberg"
    r"|Shutterstock|Yonhap|Kyodo)"
)
_OF_PICTURES = (
    r"(?:Getty Images|GETTY IMAGES|Shutterstock|iStock|Alamy|Unsplash|Pixabay"
    r"|(?i:file (?:photo|picture|image)))"
)
_LABELS = (
    r"(?i:photo(?:graph(?:er|s|y)?|s)?|pictures?|images?|credits?|foto(?:s|graf)?|bild|courtesy|illustration|crédits?)"
    r"(?i:\s(?:photos?|credits?|courtesy(?:\sof)?|by|source))?"
)
_DATE = r"(?:[A-Z][a-z]{2,8}\.? \d{1,2}, ?\d{4}|\d{1,2} [A-Z][a-z]{2,8}\.? \d{4})"
_SIGNED = re.compile(
    rf"{_AFTER}(?:{_AGENCIES}\s?/\s?{_NAME}|{_LABELS}\s?[:\uff1a/]\s?(?:©\s?)?{_NAME}"
    rf"|(?i:photos?|pictures?|images?)\s(?i:by|courtesy(?: of)?)\s(?:the\s)?{_NAME}"
    rf"|{_NAME}/(?:{_AGENCIES}|[A-Z][\w ]{{1,20}} via {_AGENCIES})"
    r"|(?<=[.!?)]\s)©\s?[^\W\d][\w.'’/ -]{1,60})"
    r"\s*[)\]]?\.?$"
    rf"|[.!?…)|–—-]\s*[(]?{_OF_PICTURES}[)]?\.?$"
    rf"|{_DATE}\.?\s*[-–—]?\s*(?:{_AGENCIES}|Reuters)$"
    rf"|(?:^|\W)Credit(?:\.\.\.|…)\s?{_NAME}$"
)
_CREDIT_WORDS = ("photo", "foto", "image", "picture", "reuters", "afp", "epa", "via ap", "getty")
# Every credit has one of these.
_SIGNS = (
    *("/", "©", "photo", "picture", "image", "credit", "foto", "bild", "courtesy", "illustration", "reuters"),
    *("via ap", "getty", "afp", "shutterstock", "istock", "alamy", "unsplash", "pixabay"),
)
# What a line opens with that tells first who wrote.
_WRITERS = re.compile(
    r"(?i:(?:words|text[eo]?|story|reporting|authors?|writers?|interview)\s?(?:by\b|:)|by\b)\s?[A-Z]"
)
_COUNTED = re.compile(
    r"\[\s?\d{1,3}\s?/\s?\d{1,3}\s?\]|\d{1,3} of \d{1,3} \|"
)  # the number of a picture in a series


def is_caption(line: str) -> bool:
    """Return True if `line` belongs to a picture.

    Such a line names a photographer or an agency's picture, says that it is a caption, or has the number of a
    picture in a series.
    """
    if len(line) > _LONGEST:
        return False
    lower = line.lower()
    if _CAPTION.fullmatch(lower) or _COUNTED.match(line):
        return True
    end = lower[-_LONGEST_CREDIT:]
    if not any(map(end.__contains__, _SIGNS)):
        return False
    if any(map(end.__contains__, _CREDIT_WORDS)) and _CREDITED.fullmatch(lower) is not None:
        return _WRITERS.match(line) is None
    signed = _SIGNED.search(line, max(0, len(line) - _LONGEST_SIGNED))
    return signed is not None and _WRITERS.match(line) is None
