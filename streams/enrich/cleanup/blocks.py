"""Blocks: the text of a tree in document order, a paragraph for each element with lines of its own."""

from __future__ import annotations

from typing import Any

from lxml import etree

from streams.enrich.cleanup.encoding import repair, was_mojibake
from streams.enrich.cleanup.markup import text_of
from streams.enrich.cleanup.paragraphs import Paragraph

_HIDDEN = frozenset(
    {
        *("script", "style", "noscript", "template", "svg", "iframe", "object", "title", "select", "button"),
        *("form", "nav", "aside", "footer"),
    }
)
_CAPTION = frozenset({"figcaption", "caption"})
_HTML_BREAKS = (
    "p div h1 h2 h3 h4 h5 h6 li ul ol dl dt dd article section main header footer body html table tr td "
    "blockquote pre figure figcaption br hr address center form fieldset details summary"
)
_TRAFILATURA_BREAKS = "head item list quote row cell lb ab"
_BREAKS = frozenset(f"{_HTML_BREAKS} {_TRAFILATURA_BREAKS}".split())
_ROWS = frozenset({"tr", "row"})
_CELLS = frozenset({"td", "th", "cell"})
_CELL_CHARACTERS = 100  # of a table of facts; a page that is laid out as a table has more in its cells
_BETWEEN_CELLS = " | "
_ROLES = {"li": "item", "item": "item", "blockquote": "quote", "quote": "quote", "head": "heading"} | {
    f"h{level}": "heading" for level in range(1, 7)
}


def read_blocks(tree: Any) -> tuple[list[Paragraph], list[str]]:
    """Return the paragraphs and the captions of an lxml tree of HTML or of trafilatura's elements."""
    walk = _Walk()
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if event == "start":
            walk.enter(element)
        else:
            walk.leave(element)
    walk.flush()
    return walk.paragraphs, walk.captions


class _Walk:
    """Collects paragraphs on one walk through a tree, in time linear in its size."""

    def __init__(self) -> None:
        self.paragraphs: list[Paragraph] = []
        self.captions: list[str] = []
        self._text: list[str] = []
        self._hidden: Any = None
        self._caption = 0
        self._roles: list[str] = []
        self._row: Any = None  # the row of facts that the walk is in

    def enter(self, element: Any) -> None:
        if self._hidden is not None:
            return
        tag = element.tag
        if tag in _HIDDEN:
            self._hidden = element
            return
        if self._row is not None:
            if tag in _BREAKS:
                self._text.append(_BETWEEN_CELLS if tag in _CELLS and self._has_text() else " ")
        elif tag in _BREAKS:
            self.flush()
            if tag in _ROWS and _has_facts(element):
                self._row = element
        if tag in _CAPTION:
            self._caption += 1
        if role := _ROLES.get(tag):
            self._roles.append(role)
        if element.text:
            self._text.append(element.text)

    def leave(self, element: Any) -> None:
        if self._hidden is not None:
            if self._hidden is not element:
                return
            self._hidden = None
        else:
            tag = element.tag
            if self._row is element:
                self._row = None
            if self._row is not None:
                if tag in _BREAKS:
                    self._text.append(" ")
            elif tag in _BREAKS:
                self.flush()
            if tag in _CAPTION:
                self._caption -= 1
            if tag in _ROLES:
                self._roles.pop()
        if element.tail:
            self._text.append(element.tail)

    def _has_text(self) -> bool:
        return any(text.strip() for text in self._text)

    def flush(self) -> None:
        raw = " ".join("".join(self._text).split())
        self._text.clear()
        text = repair(raw)
        if not text:
            return
        if self._caption:
            self.captions.append(text)
        else:
            role = self._roles[-1] if self._roles else ""
            mended = text is not raw and not raw.isascii() and was_mojibake(raw)
            self.paragraphs.append(Paragraph(text, role=role, mended=mended))


def _has_facts(row: Any) -> bool:
    """Return True if the row of a table has several short cells, which are read together."""
    cells = [cell for cell in row if cell.tag in _CELLS]
    return len(cells) > 1 and all(len(text_of(cell)) <= _CELL_CHARACTERS for cell in cells)
