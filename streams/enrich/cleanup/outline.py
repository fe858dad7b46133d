"""Outline: all blocks of a page with the places that they stand in, before anything is extracted from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from itertools import compress
from typing import Any

from lxml import etree

from streams.enrich.cleanup.blocks import Block, Claim, read_blocks
from streams.enrich.cleanup.notices import asks_for_consent, offers_subscription, tells_terms
from streams.enrich.cleanup.places import Place
from streams.enrich.cleanup.words import comparison_key, ends_sentence

_TEXT = Place.TEXT  # Python 3.11 searches for a member on every access
_STATED_TITLES = etree.XPath("/descendant::meta[@property='og:title']/@content")
_SHORTEST_RUNNING = 40  # characters
_MOST, _FEW = 0.5, 0.25  # shares of a page's running text
_LONGEST = {Place.OFFER: 900, Place.PROFILE: 1500, Place.CAPTION: 1500}  # characters of running text
_LONGEST_OF_PICTURE = 250  # characters
_SHORTEST_TITLE = 12  # characters
_LARGEST_NOTICE = 4000  # characters
_MAY_OFFER = frozenset({Place.TEXT, Place.OFFER})
_NEVER_TITLES = frozenset({Place.HIDDEN, Place.AROUND, Place.CONSENT, Place.COMMENTS})
_MOST_NOTICES = 20
_NO_NOTICES = frozenset({"html", "body", "main", "article"})
_NOTICES = frozenset({"div", "section", "aside", "dialog", "form", "td", "li"})


class Outline:
    """The blocks of a page in order, and the place of each.

    A claim does not count where its element holds most of the page's running text: then it is the story.
    """

    def __init__(self, tree: Any) -> None:
        self.blocks = read_blocks(tree)
        self.running = [is_running(block) for block in self.blocks]
        self.claims = {claim.element: claim.place for block in self.blocks for claim in _chain(block.claim)}
        self.notices = self._consent_notices()
        self.void = self._void_claims()
        self.places = [self._place(block) for block in self.blocks]
        self.has_offer = self._mark_offers()
        is_text = [place is _TEXT for place in self.places]
        self._texts = [running and text for running, text in zip(self.running, is_text, strict=True)]
        self._long = [
            text and len(block.text) >= _SHORTEST_RUNNING
            for text, block in zip(is_text, self.blocks, strict=True)
        ]
        titles = (tree.findtext(".//title") or "", *_STATED_TITLES(tree))
        self._homes: dict[Any, Any] = {}
        self._titles = [comparison_key(title) for title in titles]

    def drop(self, element: Any) -> None:
        """Take the element out of the page; the outline keeps its blocks, and where they were."""
        parent = element.getparent()
        if parent is not None:
            self._homes[element] = parent
            element.drop_tree()

    def parent(self, element: Any) -> Any:
        """Return the element around `element`, also if it was dropped."""
        return self._homes[element] if element in self._homes else element.getparent()

    def above(self, element: Any) -> Iterator[Any]:
        """Yield the elements around `element`, the innermost first."""
        while (element := self.parent(element)) is not None:
            yield element

    def shown(self) -> list[Block]:
        """Return all blocks that readers see, for a page in which none is a part of a story."""
        pairs = zip(self.blocks, self.places, strict=True)
        return [block for block, place in pairs if place is not Place.HIDDEN]

    def is_text(self, index: int) -> bool:
        """Return True if the block at `index` is running text that may be a part of the story."""
        return self._texts[index]

    def is_long(self, index: int) -> bool:
        """Return True if the block at `index` may be a part of the story and is longer than a title."""
        return self._long[index]

    def is_linked(self, index: int) -> bool:
        """Return True if most of the block at `index` is links."""
        block = self.blocks[index]
        return block.linked > len(block.text) / 2

    def is_beside_picture(self, index: int) -> bool:
        """Return True if a name of the block's elements says that it belongs to a picture, right or wrong."""
        return any(
            claim.place in {Place.CAPTION, Place.PICTURE} for claim in _chain(self.blocks[index].claim)
        )

    def length(self) -> int:
        """Return the characters of running text that may be a part of the story."""
        return sum(len(block.text) for block in compress(self.blocks, self._texts))

    def title_before(self, end: int) -> int | None:
        """Return the index of the page's headline among the blocks before `end`, or None."""
        best, best_rank = None, (0, 0)
        for index, rank in self._ranks:
            if rank > best_rank and index < end:
                best, best_rank = index, rank
        return best if best_rank[0] else None

    @cached_property
    def _ranks(self) -> list[tuple[int, tuple[int, int]]]:
        """The indices of the headings that may be the page's headline, with their ranks."""
        ranks: list[tuple[int, tuple[int, int]]] = []
        for index, block in enumerate(self.blocks):
            tag = block.heading if block.role else None
            if tag is None or self.places[index] in _NEVER_TITLES:
                continue
            key = comparison_key(block.text)
            if len(key) >= _SHORTEST_TITLE and any(key in title for title in self._titles):
                ranks.append((index, (2, len(key))))
            else:
                ranks.append((index, (1 if tag == "h1" else 0, index)))
        return ranks

    def _void_claims(self) -> set[Any]:
        inside: Counter[Any] = Counter()
        pictures: Counter[Any] = Counter()
        outside = total = 0
        for block, running in zip(self.blocks, self.running, strict=True):
            for claim in _chain(block.claim):
                if claim.place is Place.PICTURE:
                    pictures[claim.element] += len(block.text)
            if not running or (self.notices and self._is_notice(block)):
                continue
            total += len(block.text)
            outside += len(block.text) if block.claim is None else 0
            for claim in _chain(block.claim):
                inside[claim.element] += len(block.text)
        return {element for element, length in pictures.items() if length > _LONGEST_OF_PICTURE} | {
            element
            for element, length in inside.items()
            if length > _LONGEST.get(self.claims[element], length)
            or (
                length > _MOST * total
                and outside < _FEW * total
                and self.claims[element] is not Place.CONSENT
                and (self.claims[element] is not Place.COMMENTS or outside == 0)
            )
        }

    def _consent_notices(self) -> set[Any]:
        """Return the elements around blocks that ask for consent, as far as they have nothing else."""
        asking = [b for b in self.blocks if len(b.text) >= _SHORTEST_RUNNING and asks_for_consent(b.text)]
        return {_notice_around(block.element) for block in asking[:_MOST_NOTICES]}

    def _mark_offers(self) -> bool:
        """Give its place to each block that offers a subscription, and to what follows it in one element.

        Return True if there are any.
        """
        offering: Any = None  # the element around the offer that the last block belongs to
        has_offer = False
        for index, block in enumerate(self.blocks):
            if self.places[index] not in _MAY_OFFER or block.linked == len(block.text):
                continue
            around = block.element.getparent()
            if offers_subscription(block.text):
                has_offer, offering = True, around
            elif around is not offering or not tells_terms(block.text):
                offering = None
                continue
            self.places[index] = Place.OFFER
        return has_offer

    def _is_notice(self, block: Block) -> bool:
        return block.element in self.notices or any(e in self.notices for e in block.element.iterancestors())

    def _place(self, block: Block) -> Place:
        if self.notices and self._is_notice(block):
            return Place.CONSENT
        place = _TEXT
        for claim in _chain(block.claim):
            if claim.element not in self.void:
                place = claim.place
        # The place is that of the outermost claim. Names do not fill sentences.
        return _TEXT if place is Place.BYLINE and is_running(block) else place


def is_running(block: Block) -> bool:
    """Return True if the block is running text: it is long, ends as a sentence, and is not made of links."""
    return (
        len(block.text) >= _SHORTEST_RUNNING
        and block.linked <= len(block.text) / 2
        and ends_sentence(block.text)
    )


def _notice_around(element: Any) -> Any:
    """Return the box around `element` that a page shows for a notice, or the element itself."""
    notice = element
    for around in element.iterancestors():
        if (
            around.tag in _NO_NOTICES
            or around.find(".//h1") is not None
            or float(around.xpath("string-length()")) > _LARGEST_NOTICE
        ):
            break
        notice = around
        if around.tag in _NOTICES:
            break
    return notice


def _chain(claim: Claim | None) -> Iterator[Claim]:
    while claim is not None:
        yield claim
        claim = claim.outer
