"""Alignment: which blocks of a page an extractor has found, and what belongs between them."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence

from streams.enrich.cleanup.blocks import Block
from streams.enrich.cleanup.outline import Outline
from streams.enrich.cleanup.places import Place

_START, _LONG_START = 36, 50  # characters by which a block is found again, without spaces and with them
_UNSEEN = dict.fromkeys(
    [*map(ord, " \u00a0\u00ad\u2060\ufeff"), *range(0x200B, 0x2010), *range(0x202A, 0x202F)]
)
_OPENING = 10  # characters by which a block is found in a text that goes on after it
_FEW = 3  # blocks
_MOST_ALIKE = 100  # blocks of one start that are looked at; a page may repeat a line without end
_FOUND = frozenset({Place.TEXT, Place.BYLINE})
_NEVER_FOUND = frozenset({Place.HIDDEN, Place.CONSENT, Place.OFFER})


class Alignment:
    """The blocks that were found in a page, less those that are no text, and their places in its outline."""

    def __init__(self, found: Sequence[Block], outline: Outline) -> None:
        self.outline = outline
        by_start: defaultdict[str, list[int]] = defaultdict(list)
        openings: defaultdict[str, list[int]] = defaultdict(list)
        for index, block in enumerate(outline.blocks):
            start = _start(block)
            by_start[start].append(index)
            openings[start[:_OPENING]].append(index)
        self._found: list[Block] = []
        self.taken: dict[int, int] = {}  # index in the outline, index among those that were found
        for block in found:
            start = _start(block)
            keys = [start[:length] for length in range(1, min(_OPENING, len(start)) + 1)]
            for piece in self._pieces(
                block, [i for key in keys for i in openings.get(key, ())[:_MOST_ALIKE]]
            ):
                places = by_start.get(_start(piece), [])[:_MOST_ALIKE]
                if places and all(self._is_beside(index) for index in places):
                    continue
                for index in places:
                    if outline.places[index] not in _NEVER_FOUND:
                        self.taken.setdefault(index, len(self._found))
                self._found.append(piece)
        self._added: dict[int, list[int]] = {}

    def length(self) -> int:
        """Return the characters of running text that were taken."""
        return sum(len(self.outline.blocks[i].text) for i in self.taken if self.outline.is_text(i))

    def found_length(self) -> int:
        """Return the characters of all text that was found."""
        return sum(len(block.text) for block in self._found)

    def running(self) -> list[int]:
        """Return the indices of the running text that is in the story so far."""
        return [index for index in self.indices() if self.outline.is_text(index)]

    def indices(self) -> list[int]:
        """Return the indices of all blocks that are in the story so far."""
        return sorted({*self.taken, *(i for added in self._added.values() for i in added)})

    def follows_title(self) -> bool:
        """Return True if text that follows the page's headline was taken."""
        outline = self.outline
        title = outline.title_before(len(outline.blocks))
        if title is None:
            return False
        after = [i for i in range(title + 1, len(outline.blocks)) if outline.is_long(i)][:_FEW]
        return not self.taken.keys().isdisjoint(after)

    def add(self, indices: Iterable[int]) -> None:
        """Take the blocks at `indices` into the story as well."""
        order = sorted(self.taken)
        for index in sorted({*indices} - {*self.indices()}):
            place = bisect_left(order, index)
            before = self.taken[order[place - 1]] if place else -1
            self._added.setdefault(before, []).append(index)

    def merged(self) -> list[Block]:
        """Return the blocks of the story in order."""
        blocks = self.outline.blocks
        merged = [blocks[index] for index in sorted(self._added.get(-1, ()))]
        for number, block in enumerate(self._found):
            merged += [block, *(blocks[index] for index in sorted(self._added.get(number, ())))]
        return merged

    def _is_beside(self, index: int) -> bool:
        """Return True if the block is not text of the story. A byline is kept: it has the writers' names."""
        return self.outline.places[index] not in _FOUND

    def _pieces(self, block: Block, places: Sequence[int]) -> list[Block]:
        """Return the blocks of the page that an extractor read as `block`, or the block itself.

        Extractors join blocks, and lose characters that are not seen.
        """
        blocks = self.outline.blocks
        whole = _solid(block.text)
        for start in places:
            length, end = 0, start
            while end < len(blocks) and length < len(whole):
                piece = _solid(blocks[end].text)
                if not whole.startswith(piece, length):
                    break
                length += len(piece)
                end += 1
            if length == len(whole):
                return blocks[start:end]
        return [block]


def _start(block: Block) -> str:
    """Return what a block begins with, as an extractor may have read it."""
    return _solid(block.text[:_LONG_START])[:_START]


def _solid(text: str) -> str:
    """Return `text` without spaces and characters that are not seen."""
    # Of these a printable text has spaces only, as nearly all texts.
    return text.replace(" ", "") if text.isprintable() else text.translate(_UNSEEN)
