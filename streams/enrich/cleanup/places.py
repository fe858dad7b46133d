"""Places: what an element of a page is for, by its tag, its attributes and its names (class and id).

Most furniture says what it is. Names are compared by their parts: `hidden-gems` is not hidden. A name may
still be wrong about what is in it; outline.py tells when.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import Any

from ahocorasick_rs import AhoCorasick, Implementation

from streams.enrich.cleanup.draft import RemovedKind
from streams.enrich.cleanup.line_patterns import word_set


class Place(StrEnum):
    """The kinds of text that an element may have."""

    TEXT = "text"
    CAPTION = "caption"
    PICTURE = "picture"  # a box with a picture
    BYLINE = "byline"
    PROFILE = "profile"  # who the author is
    AROUND = "around"  # menus, related stories, and the like
    COMMENTS = "comments"
    OFFER = "offer"  # a subscription that the reader needs to read on
    CONSENT = "consent"
    HIDDEN = "hidden"  # not shown to readers

    __hash__ = str.__hash__  # that of an Enum is a call to Python

    @property
    def kind(self) -> RemovedKind:
        """The kind that text of this place has when it is removed."""
        if self in {Place.CAPTION, Place.PICTURE}:
            return "caption"
        return "byline" if self in {Place.BYLINE, Place.PROFILE} else "boilerplate"


UNSEEN = word_set(
    """
    head script style noscript template svg iframe object embed title select option datalist button input
    textarea canvas audio video map area link meta math
    """
)
"""Elements that have no text, or none that is a part of a story."""

TABLES: dict[str, Any] = tomllib.loads(
    files("streams.enrich.cleanup").joinpath("places.toml").read_text(encoding="utf-8")
)


def _compile_names(table: dict[str, Any]) -> re.Pattern[str]:
    names = "|".join(table["patterns"])
    match table["extent"]:
        case "whole":
            return re.compile(rf"(?:^|\s)(?:{names})(?=$|\s)")
        case "end":
            return re.compile(rf"(?:^|[\s_-])(?:{names})(?=$|\s|__|--)")
        case _:
            return re.compile(rf"(?:^|[\s_-])(?:{names})(?=$|[\s_-])")


_TEXT = Place.TEXT  # Python 3.11 searches for a member on every access
_TAGS = {
    "figcaption": Place.CAPTION,
    "figure": Place.CAPTION,
    "caption": Place.CAPTION,
    **dict.fromkeys(("nav", "menu", "aside", "footer", "form", "dialog"), Place.AROUND),
}
_WHOLE = frozenset({"html", "body", "main", "article"})  # whose names tell of the page
_WORDS_ONLY = word_set("a abbr b br cite em hr i img picture source strong sub sup u wbr")
_STILL_FOUND = "until-found"  # the value of `hidden` for text that readers find when they search
_CAPTION_LINES = frozenset({"br", "em", "i", "small"})
_NOT_PICTURES = (".//table", ".//blockquote", ".//pre", ".//ul", ".//ol")  # figures have these as well
_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|text-indent\s*:\s*-\d{3}|(?:left|top)\s*:\s*-\d{4}"
    r"|opacity\s*:\s*0(?![.\d]*[1-9])"
    r"|font-size\s*:\s*0(?![.\d])|(?:max-)?height\s*:\s*[01](?:px)?\s*(?:;.*)?overflow\s*:\s*hidden|clip\s*:\s*rect\((?:\s*[01](?:px)?[\s,)]+){4}"
)
# A name such as `d-none` hides on small screens only, where a second name shows the element on larger ones.
_SHOWN = re.compile(r"(?:^|\s)(?:[a-z]{2,3}:|d-[a-z]{2,3}-)(?!hidden|none)[\w-]+")
_NAMES = {place: _compile_names(table) for place, table in TABLES["names"].items()}
# One pass over an element's names finds the places that are worth a search.
_WORDS = [(word, place) for place, table in TABLES["names"].items() for word in table["words"]]
_FINDER = AhoCorasick([word for word, _ in _WORDS], implementation=Implementation.DFA)


def _compile_camel(patterns: list[str]) -> re.Pattern[str]:
    """Return a pattern for whole parts of names, of those that are written in camel case as well."""
    return re.compile(rf"(?:(?:^|[\s_-])|(?<=[a-z])(?=[A-Z]))(?i:{'|'.join(patterns)})(?=$|[\s_-]|[A-Z])")


LEAD_NAMES = _compile_camel(TABLES["leads"]["lead"])
SECOND_HEADLINE_NAMES = _compile_camel(TABLES["leads"]["second_headline"])
NO_LEAD_NAMES = re.compile("|".join(TABLES["leads"]["other"]), re.IGNORECASE)
_BESIDE_TAGS = ("consent", "offer")
_ALONE = (*_BESIDE_TAGS, "comments", "caption", "profile", "byline", "picture", "around")
_EXACT = frozenset(TABLES["names"]["around"]["exact"])
_HUMP = re.compile("([a-z])([A-Z])")
_POST = re.compile(
    r"(?:^|\s)(?:hentry|post-\d+|type-post)(?=$|\s)"
)  # its names include author, tags and groups


def place_of(element: Any) -> Place:
    """Return what the text in `element` may be, by the element alone."""
    tag, keys = element.tag, element.keys()  # to ask for an attribute costs as much as to list all of them
    if "hidden" in keys and element.get("hidden").lower() != _STILL_FOUND:
        return Place.HIDDEN
    if "style" in keys and _STYLE.search(element.get("style").lower()):
        return Place.HIDDEN
    if tag in _WORDS_ONLY:
        return _TEXT
    if keys and tag not in _WHOLE:
        place = _by_attributes(element, keys)
        if place is not None:
            return place
    if tag in _TAGS:
        return _by_tag(element)
    if tag == "p" and len(element) and _is_picture_with_caption(element):
        return Place.CAPTION
    return Place.CAPTION if "itemprop" in keys and element.get("itemprop") == "caption" else _TEXT


def _by_attributes(element: Any, keys: Sequence[str]) -> Place | None:
    names = element.get("class") if "class" in keys else None
    own_id = element.get("id") if "id" in keys else None
    if not (names or own_id):
        return None
    place = _by_names(element.tag in _TAGS, f"{names} {own_id}" if names and own_id else names or own_id)
    if place is Place.PICTURE and next(element.iter("img", "picture"), None) is None:
        return None
    return place


def _by_tag(element: Any) -> Place:
    tag = element.tag
    if tag == "figure" and any(element.find(path) is not None for path in _NOT_PICTURES):
        return _TEXT
    return _TEXT if tag == "dialog" and "open" in element.attrib else _TAGS[tag]


def _is_picture_with_caption(paragraph: Any) -> bool:
    """Return True if the paragraph is a picture, with a line in italics or in small letters below it."""
    first, *others = paragraph
    if first.tag not in {"img", "a"} or (paragraph.text or "").strip():
        return False
    return (
        (first.tag == "img" or first.find("img") is not None)
        and not any((child.tail or "").strip() for child in paragraph)
        and all(child.tag in _CAPTION_LINES for child in others)
    )


@lru_cache(maxsize=8192)
def _by_names(has_tag: bool, names: str) -> Place | None:
    """Return the place that the names tell, or None; with `has_tag` the tag tells more than most of them."""
    names = _HUMP.sub(r"\1-\2", names).lower()
    likely = {_WORDS[index][1] for index, _, _ in _FINDER.find_matches_as_indexes(names, overlapping=True)}
    is_around = not has_tag and not _EXACT.isdisjoint(names.split())
    if (not likely and not is_around) or _POST.search(names):
        return None

    def is_named(name: str) -> bool:
        return name in likely and _NAMES[name].search(names) is not None

    if is_named("unshown") or (is_named("undisplayed") and not _SHOWN.search(names)):
        return Place.HIDDEN
    named = next(filter(is_named, _BESIDE_TAGS if has_tag else _ALONE), None)
    return Place(named) if named else Place.AROUND if is_around else None
