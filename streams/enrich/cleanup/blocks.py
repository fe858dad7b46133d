"""Blocks: the text of a tree in document order, a block for each element with lines of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from lxml import etree

from streams.enrich.cleanup.encoding import repair, was_mojibake
from streams.enrich.cleanup.markup import text_of
from streams.enrich.cleanup.paragraphs import Paragraph
from streams.enrich.cleanup.places import UNSEEN, Place, place_of
from streams.enrich.cleanup.words import count_sentences, ends_sentence

CELL_SEPARATOR = " | "
_TEXT = Place.TEXT  # Python 3.11 searches for a member on every access
_HTML_BREAKS = (
    "p div h1 h2 h3 h4 h5 h6 li ul ol dl dt dd article section main header footer body html table tr td th "
    "blockquote pre figure figcaption caption br hr address center form fieldset details summary nav aside "
    "menu dialog"
)
_TRAFILATURA_BREAKS = "item list quote row cell lb ab"
_BREAKS = frozenset(f"{_HTML_BREAKS} {_TRAFILATURA_BREAKS} head".split())
# A word inside one of these is not a block of its own.
_LINES = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "td", "th"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_ROLES = {
    "li": "item",
    "item": "item",
    "blockquote": "quote",
    "quote": "quote",
    "head": "heading",
} | dict.fromkeys(_HEADINGS, "heading")
_MENUS = frozenset({"nav", "menu", "footer"})
_ROWS = frozenset({"tr", "row"})
_CELLS = frozenset({"td", "th", "cell"})
_STRUCTURE = frozenset({*_ROLES, *_ROWS, *_CELLS, "pre"})
_LONGEST_ROW, _LONGEST_CELL = (
    400,
    120,
)  # characters; longer ones, the second of several blocks, lay a page out
_NO_CELLS = frozenset({"row", "item", "heading"})
_SENTENCE = 300  # characters; a menu has fewer sentences
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n")
_LONG_SPAN = 40  # characters; a sentence that long in a span of its own is followed by another sentence


class Claim(NamedTuple):
    """An element that says what the text in it is for, inside of another such element or of none."""

    element: Any
    place: Place
    outer: Claim | None


@dataclass(slots=True)
class Block:
    """Text with lines of its own, its white space squeezed.

    `element` is the innermost element with lines of its own that has the text, `claim` the innermost claim.
    `role` is heading, item, quote or row if the markup says so; `linked` counts the characters in links.
    """

    text: str
    element: Any
    claim: Claim | None
    role: str
    linked: int

    @property
    def heading(self) -> str | None:
        """The tag of the heading that the block is, or None."""
        for element in (self.element, self.element.getparent()):
            if element is not None and element.tag in _HEADINGS:
                return str(element.tag)
        return None

    def paragraph(self) -> Paragraph:
        """Return the block as a paragraph, its characters repaired."""
        text = repair(self.text)
        mended = text is not self.text and not self.text.isascii() and was_mojibake(self.text)
        return Paragraph(text, role=self.role, mended=mended)


def read_blocks(tree: Any) -> list[Block]:
    """Return the blocks of an lxml tree of HTML or of trafilatura's elements."""
    walk = _Walk(tree)
    events = etree.iterwalk(tree, events=("start", "end"))
    for event, element in events:
        if event == "end":
            walk.leave(element)
        elif not walk.enter(element):
            events.skip_subtree()
    walk.flush()
    return walk.blocks


class _Walk:
    """Collects blocks on one walk through a tree, in time linear in its size."""

    def __init__(self, tree: Any) -> None:
        self.blocks: list[Block] = []
        self._text: list[str] = []
        self._linked = 0
        self._link: Any = None
        # Where trafilatura has headings, a page has what is not shown.
        self._is_page = tree.tag == "html"
        self._unseen = UNSEEN if self._is_page else UNSEEN - {"head"}
        self._claim: Claim | None = None
        self._open: list[Any] = [tree]  # the elements with lines of their own
        self._roles: list[str] = []
        self._rows: list[_Row] = []
        self._verbatim = 0

    def enter(self, element: Any) -> bool:
        """Begin the element; return False if there is nothing to read in it."""
        tag = element.tag
        if tag in self._unseen:
            return False
        place = place_of(element) if self._is_page else _TEXT
        if tag in _MENUS and place is Place.AROUND and _is_menu(element):
            self._read_menu(element)
            return False
        if tag in _BREAKS or ("-" in tag and self._open[-1].tag not in _LINES):
            self._begin_lines(element)
        if place is not _TEXT:
            self.flush()
            self._claim = Claim(element, place, self._claim)
        if tag == "a" and self._link is None:
            self._link = element
        if text := element.text:
            self._add(text)
        return True

    def leave(self, element: Any) -> None:
        """End the element, and read the text after it."""
        tail = element.tail
        if self._link is element:
            self._link = None
        if self._open[-1] is element:
            self._end_lines(element.tag)
        elif tail is None and element.tag == "span" and _is_long_sentence(element.text or ""):
            self._text.append(" ")  # the next span is a sentence of its own, whatever the style sheet says
        if self._claim is not None and self._claim.element is element:
            self.flush()
            self._claim = self._claim.outer
        if tail:
            self._add(tail)

    def _begin_lines(self, element: Any) -> None:
        if self._text:
            self.flush()
        self._open.append(element)
        tag = element.tag
        if tag not in _STRUCTURE:
            return
        if tag in _ROLES:
            self._roles.append(_ROLES[tag])
        elif tag in _ROWS:
            self._rows.append(_Row(len(self.blocks)))
        elif tag == "pre":
            self._verbatim += 1

    def _end_lines(self, tag: str) -> None:
        if self._text:
            self.flush()
        self._open.pop()
        if tag not in _STRUCTURE:
            return
        if tag in _ROLES:
            self._roles.pop()
        elif tag in _ROWS:
            self._rows.pop().close(self.blocks)
        elif tag in _CELLS and self._rows:
            self._rows[-1].end_cell(len(self.blocks))
        elif tag == "pre":
            self._verbatim -= 1

    def _read_menu(self, element: Any) -> None:
        """Read a menu or a footer, where most elements of a page are, as one block."""
        self.flush()
        text = " ".join(" ".join(element.itertext()).split())
        if text:
            claim = Claim(element, Place.AROUND, self._claim)
            self.blocks.append(Block(text, element, claim, "", len(text)))

    def _add(self, text: str) -> None:
        if not self._text and self._link is None and text.isspace():
            return  # as half of all texts are, between the tags
        if self._verbatim and "\n" in text:
            *paragraphs, text = _BLANK_LINE.split(text)
            for paragraph in paragraphs:
                self._text.append(paragraph)
                self.flush()
        self._text.append(text)
        if self._link is not None:
            self._linked += len(text)

    def flush(self) -> None:
        """End the block that is open."""
        if not self._text:
            return
        text = " ".join("".join(self._text).split())
        self._text.clear()
        linked, self._linked = self._linked, 0
        if text:
            role = self._roles[-1] if self._roles else ""
            self.blocks.append(Block(text, self._open[-1], self._claim, role, min(linked, len(text))))


def _is_long_sentence(text: str) -> bool:
    return len(text) >= _LONG_SPAN and ends_sentence(text)


def _is_menu(element: Any) -> bool:
    """Return True if the element has neither paragraphs nor many sentences. One that has was not closed."""
    if element.find(".//p") is not None:
        return False
    text = text_of(element)
    return count_sentences(text) * _SENTENCE < max(_SENTENCE, len(text))


class _Row:
    """A row of a table while it is read. The cells become one block, unless the row lays a page out."""

    def __init__(self, start: int) -> None:
        self._ends = [start]

    def end_cell(self, end: int) -> None:
        """Note that a cell has ended where there are `end` blocks."""
        self._ends.append(end)

    def close(self, blocks: list[Block]) -> None:
        """Join the blocks of the row."""
        start = self._ends[0]
        inside = blocks[start:]
        cells = [blocks[first:last] for first, last in pairwise(self._ends) if first < last]
        if (
            len(cells) < 2
            or sum(map(len, cells)) < len(inside)
            or any(block.role in _NO_CELLS or block.claim is not inside[0].claim for block in inside)
            or any(sum(len(block.text) for block in cell) > _LONGEST_CELL for cell in cells if len(cell) > 1)
            or sum(len(block.text) for block in inside) > _LONGEST_ROW
        ):
            return
        text = CELL_SEPARATOR.join(" ".join(block.text for block in cell) for cell in cells)
        linked = sum(block.linked for block in inside)
        blocks[start:] = [Block(text, inside[0].element, inside[0].claim, "row", linked)]
