"""Extraction: the paragraphs of the story in a whole page.

trafilatura finds the story. Paragraphs that it left behind in containers of the kind that it took from are
put back. Where it takes the page's furniture for the story, sentences are gathered from the page's blocks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import trafilatura

from streams.enrich.cleanup.blocks import read_blocks
from streams.enrich.cleanup.encoding import repair
from streams.enrich.cleanup.links import Menu
from streams.enrich.cleanup.markup import text_of
from streams.enrich.cleanup.paragraphs import Paragraph
from streams.enrich.cleanup.words import ends_sentence, is_prose

_MOST_ELEMENTS = 25_000  # an article has a thousand; beyond it the extractor takes more than linear time
_MOST_COPIED = 2_000_000_000  # characters
_FEW_PARAGRAPHS = 3
_LONGEST_SENTENCE = 60  # words, on average
_LONG_PARAGRAPH = 40  # characters; a shorter paragraph says too little to be put back
_FEWEST_IN_CONTAINER, _SHARE_IN_CONTAINER = 3, 0.3  # paragraphs of the story in one kind of container
_APART = frozenset({"aside", "footer", "nav", "form", "figure", "figcaption", "header", "blockquote"})
_UNSEEN = ("style", "svg", "template", "link", "input", "iframe", "canvas", "source", "button", "select")
_AROUND = ("nav", "menu", "footer", "aside")
_SENTENCE_END = re.compile(r"[.!?…。！？؟।](?=[\s\"”’')\]»]|$)")


def extract_story(tree: Any, titles: set[str]) -> tuple[list[Paragraph], list[str]]:
    """Return the paragraphs and the captions of the story in a page; `titles` are the texts of its links."""
    if is_laborious(tree):
        return read_blocks(tree)
    _name_stories(tree)
    candidates = _read_candidates(tree)
    _drop_unseen(tree)
    document = trafilatura.bare_extraction(tree, fast=True, with_metadata=False, include_comments=False)
    paragraphs, captions = read_blocks(
        document.body if document is not None and document.body is not None else tree
    )
    menu = Menu(titles)
    if len(paragraphs) < _FEW_PARAGRAPHS and (menu.is_empty_or_menu(paragraphs) or _runs_on(paragraphs)):
        sentences = [p for p in read_blocks(tree)[0] if is_prose(p.text) and not menu.is_empty_or_menu([p])]
        return sentences or paragraphs, captions
    return _put_back(paragraphs, candidates), captions


def count_words(paragraphs: Sequence[Paragraph]) -> int:
    """Return the number of words in all paragraphs."""
    return sum(len(paragraph.words) for paragraph in paragraphs)


def is_laborious(tree: Any) -> bool:
    """Return True if extraction may take many seconds: dropping an element copies the text after it."""
    elements = int(tree.xpath("count(//*)"))
    if elements > _MOST_ELEMENTS:
        return True
    return elements * float(tree.xpath("string-length()")) > _MOST_COPIED and any(
        len(parent) * sum(len(child.tail or "") for child in parent) > _MOST_COPIED for parent in tree.iter()
    )


def _name_stories(tree: Any) -> None:
    """Call an aside an article if it has most of the page's sentences: some pages have their story in one."""
    asides = [*tree.iter("aside")]
    if not asides:
        return
    prose = {element: len(text_of(element)) for element in tree.iter("p") if is_prose(text_of(element))}
    for aside in asides:
        inside = [prose[element] for element in aside.iter("p") if element in prose]
        if len(inside) >= _FEW_PARAGRAPHS and sum(inside) > sum(prose.values()) / 2:
            aside.tag = "article"


def _drop_unseen(tree: Any) -> None:
    """Take the elements that have no story out of the tree, because the extractor first copies it many times.

    Menus and the like stay where they have most of the text: such an element was not closed.
    """
    unseen = [*tree.iter(*_UNSEEN)]
    unseen += [script for script in tree.iter("script") if "ld+json" not in (script.get("type") or "")]
    for element in unseen:
        element.drop_tree()
    around = [*tree.iter(*_AROUND)]
    if sum(len(text_of(element)) for element in around) < len(text_of(tree)) / 2:
        for element in around:
            element.drop_tree()


@dataclass(frozen=True)
class _Candidate:
    """A paragraph of the page before extraction: its text, and the kind of its container."""

    text: str
    container: tuple[str, str]
    fit: bool


def _read_candidates(tree: Any) -> list[_Candidate]:
    candidates: list[_Candidate] = []
    for element in tree.iter("p"):
        text = " ".join(text_of(element).split())
        parent = element.getparent()
        if len(text) < _LONG_PARAGRAPH or parent is None:
            continue
        linked = sum(len(text_of(link)) for link in element.iter("a"))
        fit = (
            ends_sentence(text)
            and linked <= len(text) / 2
            and not any(ancestor.tag in _APART for ancestor in element.iterancestors())
        )
        candidates.append(_Candidate(text, (parent.tag, parent.get("class", "")), fit))
    return candidates


def _put_back(paragraphs: list[Paragraph], candidates: Sequence[_Candidate]) -> list[Paragraph]:
    """Return the paragraphs with the prose that was left behind in containers like those of most of them.

    A site that splits an article for advertisements puts its pieces into containers of one class. Extractors
    stop after the first.
    """
    places = {paragraph.text[:_LONG_PARAGRAPH]: index for index, paragraph in enumerate(paragraphs)}
    taken = Counter(c.container for c in candidates if c.text[:_LONG_PARAGRAPH] in places)
    fewest = max(_FEWEST_IN_CONTAINER, _SHARE_IN_CONTAINER * taken.total())
    usual = {kind for kind, count in taken.items() if count >= fewest}
    left_behind: dict[int, list[Paragraph]] = {}
    place = -1
    for candidate in candidates:
        start = candidate.text[:_LONG_PARAGRAPH]
        if start in places:
            place = places[start]
        elif candidate.fit and candidate.container in usual:
            left_behind.setdefault(place, []).append(Paragraph(repair(candidate.text)))
    if not left_behind:
        return paragraphs
    merged = left_behind.get(-1, [])
    for index, paragraph in enumerate(paragraphs):
        merged += [paragraph, *left_behind.get(index, [])]
    return merged


def _runs_on(paragraphs: Sequence[Paragraph]) -> bool:
    """Return True if the paragraphs have fewer sentences than a story has: the page's blocks were lost."""
    ends = sum(len(_SENTENCE_END.findall(paragraph.text)) for paragraph in paragraphs)
    return count_words(paragraphs) > _LONGEST_SENTENCE * (ends + 1)
