"""Leftovers: what the main area of a page has beside the text, so that nothing of it is lost."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from streams.enrich.cleanup.captions import is_caption
from streams.enrich.cleanup.credits import byline, is_credit
from streams.enrich.cleanup.draft import RemovedKind
from streams.enrich.cleanup.outline import Outline
from streams.enrich.cleanup.paragraphs import Paragraph
from streams.enrich.cleanup.places import Place
from streams.enrich.cleanup.words import comparison_key, words

_RUN = 3  # words
_MAIN = frozenset({"article", "main"})
_WHOLE = frozenset({"body", "html"})
_OUTSIDE = frozenset({"nav", "menu", "footer", "form", "header"})


def leftovers(
    outline: Outline, story: Collection[int], kept: Iterable[Paragraph], *, compare_all: bool = False
) -> list[tuple[RemovedKind, str]]:
    """Return the texts in the main area, around the blocks of the `story`, that were not `kept`.

    They are in order and have their kinds. The blocks of the story count as kept, unless `compare_all`.
    """
    area = _Area(outline, story)
    content = _Content(kept)
    taken = set() if compare_all else {*story}
    seen: set[str] = set()
    found: list[tuple[RemovedKind, str]] = []
    for index, block in enumerate(outline.blocks):
        if index in taken or block.text in seen or not area.has(index) or content.has(block.text):
            continue
        seen.add(block.text)
        text = block.paragraph().text
        if text and not content.has(text):
            found.append((_kind(outline.places[index], text), text))
    return found


class _Content:
    """Tells whether a text is in paragraphs, by the runs of words that it begins and ends with."""

    def __init__(self, paragraphs: Iterable[Paragraph]) -> None:
        self._wholes: set[str] = set()
        self._runs: set[tuple[str, ...]] = set()
        for paragraph in paragraphs:
            tokens = paragraph.words
            self._wholes.add(comparison_key(paragraph.text))
            self._runs.update(zip(*(tokens[start:] for start in range(_RUN)), strict=False))

    def has(self, text: str) -> bool:
        tokens = words(text)
        if len(tokens) <= _RUN:
            return not tokens or comparison_key(text) in self._wholes
        return tuple(tokens[:_RUN]) in self._runs and tuple(tokens[-_RUN:]) in self._runs


class _Area:
    """The smallest element around the running text of a story, or the article around that."""

    def __init__(self, outline: Outline, story: Collection[int]) -> None:
        self._outline = outline
        self._known: dict[Any, bool] = {}
        self._root: Any = None
        running = [index for index in story if outline.is_text(index)] or list(story)
        if not running:
            return
        blocks = {outline.blocks[index].element.getparent(): outline.blocks[index] for index in running}
        chains = [
            [*outline.above(block.element)] for block in blocks.values()
        ]  # one for each element that has some
        common = chains[0]
        for chain in chains[1:]:
            around = {*chain}
            common = [element for element in common if element in around]
        self._root = next((e for e in common if e.tag in _MAIN), common[0] if common else None)

    def has(self, index: int) -> bool:
        """Return True if the block is in the area; menus and the like are in none that is the whole page."""
        if self._root is None:
            return False
        block = self._outline.blocks[index]
        if block.element is self._root:
            return True
        parent = self._outline.parent(block.element)
        if parent not in self._known:
            self._known[parent] = parent is not None and self._is_inside(self._outline.above(block.element))
        return self._known[parent] and not (block.element.tag in _OUTSIDE and self._root.tag in _WHOLE)

    def _is_inside(self, around: Iterable[Any]) -> bool:
        is_outside = False
        for element in around:
            is_outside = is_outside or element.tag in _OUTSIDE
            if element is self._root:
                return element.tag not in _WHOLE or not is_outside
        return False


def _kind(place: Place, text: str) -> RemovedKind:
    if place is not Place.TEXT:
        return place.kind
    if is_caption(text):
        return "caption"
    return "byline" if byline(text) or is_credit(text) else "boilerplate"
