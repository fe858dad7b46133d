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
        if text and (text is block.text or not content.has(text)):
            found.append((_kind(outline.places[index], text), text))
    return found


class _Content:
    """Tells whether a text is in paragraphs, by the runs of words that it begins and ends with."""

    def __init__(self, paragraphs: Iterable[Paragraph]) -> None:
        self._wholes: set[str] = set()
        self._runs: set[tuple[str, ...]] = set()
        for paragraph in paragraphs:
            tokens = paragraph.words
            if len(tokens) <= _RUN:
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
        self._known: dict[Any, bool] = {}  # whether an element is in the area
        self._is_whole = False
        running = [index for index in story if outline.is_text(index)] or list(story)
        if not running:
            return
        blocks = {outline.blocks[index].element.getparent(): outline.blocks[index] for index in running}
        first, *others = blocks.values()  # one for each element that has some
        common = [*outline.above(first.element)]
        depths = {element: depth for depth, element in enumerate(common)}
        innermost = 0
        for block in others:
            shared = (depths[element] for element in outline.above(block.element) if element in depths)
            innermost = max(innermost, next(shared, len(common)))
        common = common[innermost:]
        root = next((e for e in common if e.tag in _MAIN), common[0] if common else None)
        if root is not None:
            self._known[root] = True
            self._is_whole = root.tag in _WHOLE

    def has(self, index: int) -> bool:
        """Return True if the block is in the area; menus and the like are in none that is the whole page."""
        path: list[Any] = []
        element = self._outline.blocks[index].element
        while element is not None and element not in self._known:
            path.append(element)
            element = self._outline.parent(element)
        is_inside = element is not None and self._known[element]
        for element in reversed(path):
            is_inside = is_inside and not (self._is_whole and element.tag in _OUTSIDE)
            self._known[element] = is_inside
        return is_inside


def _kind(place: Place, text: str) -> RemovedKind:
    if place is not Place.TEXT:
        return place.kind
    if is_caption(text):
        return "caption"
    return "byline" if byline(text) or is_credit(text) else "boilerplate"
