"""What a page shows beside its story, or does not show: captions, offers to subscribe, and hidden text.

It is taken out of the tree before the extractor reads it, and it is told, so that nothing is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from streams.enrich.cleanup.encoding import repair
from streams.enrich.cleanup.markup import text_of

_AROUND = frozenset({"nav", "footer", "aside", "form", "a"})
_MOST_TAKEN = 0.4  # share of the page's text; a page that hides more shows it by a script

_CAPTION_CLASS = re.compile(
    r"(?:^|[\s_-])(?:fig|image|img|photo|picture|media|wp)?[_-]?caption(?:[_-]?text)?(?=$|[\s_-])"
)
_CAPTION_TAGS = ("p", "div", "span", "small", "em", "cite", "dd")
_CAPTION_CHARACTERS = range(5, 600)
_PICTURES = ("img", "picture", "video", "figure")

_HIDING_STYLE = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_HIDING_CLASSES = frozenset(
    {
        "visually-hidden",
        "visuallyhidden",
        "sr-only",
        "screen-reader-text",
        "screenreader",
        "element-invisible",
    }
)
_TOLD_HIDDEN = 6  # words; fewer are labels of buttons

_WALL_CLASS = re.compile(
    r"pay-?wall|(?:subscri(?:ption|ber|be)|reg(?:istration)?|login|premium|member(?:ship)?|abo)[_-]?"
    r"(?:wall|offer|prompt|barrier|gate)|metered|piano-(?:offer|wall)",
    re.IGNORECASE,
)
_WALL_TAGS = ("div", "section", "aside", "p")
_WALL_CHARACTERS = range(15, 900)
_WALL_CUES = re.compile(
    r"(?i)\bsubscri|\babonn|\bsuscr[ií]|\bassina|\babbona|unlimited access|already a (?:subscriber|member)"
    r"|\blog ?in\b|\bsign in\b|\banmelden\b|cancel (?:at )?any ?time|cancel whenever"
    r"|(?:read|keep|continue) (?:on|reading)"
    r"|\bfree trial\b|(?:first|per|a|pro) mon(?:th|at)|\bkündbar\b|\bweiterlesen\b|d[ée]j[àa] abonn"
)


@dataclass
class Asides:
    """The texts that were taken out of a page; `walls` are offers to subscribe where the story ends."""

    captions: list[str] = field(default_factory=list)
    walls: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)


def take_asides(tree: Any) -> Asides:
    """Take captions, offers to subscribe and hidden text out of `tree`, and return them."""
    whole = len(text_of(tree))
    asides = Asides()
    asides.hidden = [text for text in _take(_hidden(tree), whole) if len(text.split()) >= _TOLD_HIDDEN]
    asides.walls = _take(_walls(tree), whole)
    asides.captions = _take(_captions(tree), whole)
    return asides


def _take(elements: Iterable[Any], whole: int) -> list[str]:
    """Drop the elements, unless they have most of the page's text, and return those in its main area."""
    chosen = list(elements)
    if sum(len(text_of(element)) for element in chosen) > _MOST_TAKEN * whole:
        return []
    told = []
    for element in chosen:
        text = repair(" ".join(text_of(element).split()))
        if text and not any(ancestor.tag in _AROUND for ancestor in element.iterancestors()):
            told.append(text)
        if element.getparent() is not None:
            element.drop_tree()
    return told


def _hidden(tree: Any) -> list[Any]:
    marked = tree.xpath("//body//*[@hidden or @style or @class]")
    return _outermost(element for element in marked if _is_hidden(element))


def _is_hidden(element: Any) -> bool:
    if element.get("hidden", "until-found") != "until-found":
        return True
    if _HIDING_STYLE.search(element.get("style") or ""):
        return True
    return not _HIDING_CLASSES.isdisjoint((element.get("class") or "").split())


def _walls(tree: Any) -> list[Any]:
    return _outermost(
        element
        for element in tree.iter(*_WALL_TAGS)
        if _WALL_CLASS.search(f"{element.get('class') or ''} {element.get('id') or ''}")
        and len(text := text_of(element)) in _WALL_CHARACTERS
        and _WALL_CUES.search(text)
    )


def _captions(tree: Any) -> list[Any]:
    by_class = (
        element
        for element in tree.iter(*_CAPTION_TAGS)
        if _CAPTION_CLASS.search(element.get("class") or "")
        and len(text_of(element)) in _CAPTION_CHARACTERS
        and next(element.iter(*_PICTURES), None) is None
    )
    return _outermost([*tree.iter("figcaption"), *by_class])


def _outermost(elements: Iterable[Any]) -> list[Any]:
    """Return the elements that lie in no other of them."""
    chosen = list(elements)
    own = set(chosen)
    return [element for element in chosen if own.isdisjoint(element.iterancestors())]
