"""Extraction: the paragraphs of the story in a page, and the text beside it.

trafilatura finds the story in a page without the parts that readers do not see. What it left behind is put
back. Where it takes something else for the story, the story is read from the page's outline.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import trafilatura
from lxml import etree

from streams.enrich.cleanup.alignment import Alignment
from streams.enrich.cleanup.blocks import Block, read_blocks
from streams.enrich.cleanup.draft import RemovedKind
from streams.enrich.cleanup.leftovers import leftovers
from streams.enrich.cleanup.links import Menu
from streams.enrich.cleanup.outline import Outline
from streams.enrich.cleanup.paragraphs import Paragraph
from streams.enrich.cleanup.places import Place
from streams.enrich.cleanup.recovery import grow, read_story, recover
from streams.enrich.cleanup.words import count_sentences

_MOST_ELEMENTS = 25_000  # an article has a thousand; beyond it the extractor takes more than linear time
_MOST_COPIED = 2_000_000_000  # characters
_COUNT, _LENGTH = etree.XPath("count(/descendant::*)"), etree.XPath("string-length()")
_FEW_PARAGRAPHS = 3
_LONGEST_SENTENCE = 60  # words, on average
_POOR, _HALF = 0.3, 0.5  # shares of a page's running text that a story has at least
_UNSEEN = ("script", "style", "svg", "template", "input", "iframe", "canvas", "source", "button", "select")
_KEPT_EMPTY = frozenset({"br", "hr", "td", "th", "body", "html"})
_DROPPED_TAGS = frozenset({"nav", "menu", "aside", "footer"})
_NAMES = ("class", "id", "style", "hidden")


@dataclass
class Story:
    """The paragraphs of the story in a page, their indices in the outline of the page, and that outline.

    `is_replaced` is True if the page has the story elsewhere, in a better form.
    """

    paragraphs: list[Paragraph]
    indices: Collection[int]
    outline: Outline
    is_replaced: bool = False

    @property
    def is_offered(self) -> bool:
        """True if the page offers a subscription to read on."""
        return self.outline.has_offer

    def beside(self, kept: Iterable[Paragraph]) -> list[tuple[RemovedKind, str]]:
        """Return what the page's main area has beside the paragraphs that were `kept`, with its kinds."""
        return leftovers(self.outline, self.indices, kept, compare_all=self.is_replaced)


def extract_story(tree: Any, titles: set[str]) -> Story:
    """Return the story in a whole page; `titles` are the texts of its links."""
    if _is_laborious(tree):
        return read_fragment(tree)
    _drop_unseen(tree)
    outline = Outline(tree)
    _drop_places(tree, outline)
    document = trafilatura.bare_extraction(tree, fast=True, with_metadata=False, include_comments=False)
    found = read_blocks(document.body) if document is not None and document.body is not None else []
    blocks = _complete(found, outline, Menu(titles)) or outline.shown()
    places = {id(block): index for index, block in enumerate(outline.blocks)}
    indices = [places[id(block)] for block in blocks if id(block) in places]
    return Story([block.paragraph() for block in blocks], indices, outline)


def read_fragment(tree: Any) -> Story:
    """Return all text in a fragment of HTML, but for what its markup says is something else."""
    outline = Outline(tree)
    indices = [index for index, place in enumerate(outline.places) if place is Place.TEXT]
    blocks = [outline.blocks[index] for index in indices] or outline.shown()
    return Story([block.paragraph() for block in blocks], indices, outline)


def count_words(paragraphs: Sequence[Paragraph]) -> int:
    """Return the number of words in all paragraphs."""
    return sum(len(paragraph.words) for paragraph in paragraphs)


def _complete(found: list[Block], outline: Outline, menu: Menu) -> list[Block]:
    """Return the blocks of the story: those found, completed, or others where these tell no story."""
    alignment = Alignment(found, outline)
    paragraphs = [block.paragraph() for block in found[:_FEW_PARAGRAPHS]]
    if len(found) < _FEW_PARAGRAPHS and (menu.is_empty_or_menu(paragraphs) or _runs_on(paragraphs)):
        story = [block for block in read_story(outline) if not menu.is_empty_or_menu([block.paragraph()])]
        return story or alignment.merged()
    length = outline.length()
    if alignment.length() < _POOR * length and not alignment.follows_title():
        story = read_story(outline)
        if alignment.found_length() < _POOR * sum(len(block.text) for block in story):
            return story
    if alignment.length() < _HALF * length:
        grow(alignment)
    recover(alignment)
    return alignment.merged()


def _is_laborious(tree: Any) -> bool:
    """Return True if extraction may take many seconds: dropping an element copies the text after it."""
    elements = int(_COUNT(tree))
    if elements > _MOST_ELEMENTS:
        return True
    return elements * float(_LENGTH(tree)) > _MOST_COPIED and any(
        len(parent) * sum(len(child.tail or "") for child in parent) > _MOST_COPIED for parent in tree.iter()
    )


def _drop_unseen(tree: Any) -> None:
    """Take the elements that have no text out of the tree, which the extractor copies many times."""
    for element in [*tree.iter(*_UNSEEN)]:
        element.drop_tree()


def _drop_places(tree: Any, outline: Outline) -> None:
    """Remove what does not belong to the story, and strip misleading tags and names from what does."""
    for element in outline.void:
        if element.tag in _DROPPED_TAGS or outline.claims[element] is not Place.AROUND:
            element.tag = "div"
            for name in _NAMES:
                element.attrib.pop(name, None)
    dropped = [
        e
        for e, place in outline.claims.items()
        if e not in outline.void and (place not in {Place.BYLINE, Place.AROUND} or e.tag in _DROPPED_TAGS)
    ]
    for element in (*dropped, *outline.notices):
        outline.drop(element)
    head = tree.find("head")
    if head is not None:
        tree.remove(head)
    _narrow(tree, outline)
    for element in reversed([*tree.iter()]):
        if (
            not len(element)
            and element.tag not in _KEPT_EMPTY
            and element.getnext() is not None
            and not (element.text or "").strip()
        ):
            outline.drop(element)


def _narrow(tree: Any, outline: Outline) -> None:
    """Take out what is beside the smallest element around all running text."""
    title = outline.title_before(len(outline.blocks))
    parents = {
        outline.blocks[i].element.getparent()
        for i in range(len(outline.blocks))
        if i == title or (outline.is_long(i) and not outline.is_linked(i))
    }
    common: list[Any] | None = None
    for parent in parents:
        if parent is None:
            continue
        chain = [parent, *parent.iterancestors()]
        if common is None:
            common = chain
        else:
            around = set(chain)
            common = [e for e in common if e in around]
    if not common or len(parents) < 2 or common[0].tag in ("html", "body"):
        return
    for element in common:
        parent = element.getparent()
        if parent is None:
            break
        for sibling in list(parent):
            if sibling is not element:
                outline.drop(sibling)


def _runs_on(paragraphs: Sequence[Paragraph]) -> bool:
    """Return True if the paragraphs have fewer sentences than a story has: the page's blocks were lost."""
    ends = sum(count_sentences(paragraph.text) for paragraph in paragraphs)
    return count_words(paragraphs) > _LONGEST_SENTENCE * (ends + 1)
