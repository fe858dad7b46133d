"""Recovery: the parts of a story that an extractor left behind, found in the outline of the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

from streams.enrich.cleanup.alignment import Alignment
from streams.enrich.cleanup.blocks import Block
from streams.enrich.cleanup.boilerplate import is_boilerplate
from streams.enrich.cleanup.captions import is_caption
from streams.enrich.cleanup.outline import Outline
from streams.enrich.cleanup.places import LEAD_NAMES, NO_LEAD_NAMES, SECOND_HEADLINE_NAMES, Place
from streams.enrich.cleanup.words import count_sentences

_FEWEST_IN_CONTAINER, _SHARE_IN_CONTAINER = 3, 0.3  # paragraphs of the story in one kind of container
_SHARE_IN_NAMED = 0.5
_APART = frozenset({"aside", "footer", "nav", "form", "figure", "figcaption", "header", "blockquote"})
_LONGEST_GAP = 7  # blocks
_LONG = 80  # characters
_MOST = 0.6  # share of the running text
_FEWEST_SENTENCES, _FEWEST_WORDS, _FEWEST_WORDS_OF_NAMED = 2, 30, 12  # of a lead
_LINKED = 0.2  # share of an item that may be links; other items lead to other stories
_STRUCTURE = frozenset({"heading", "item", "row"})
_NEAR = 2  # elements

_Container = tuple[str, str]


def recover(alignment: Alignment) -> None:
    """Take into the story what was left behind."""
    if not alignment.taken:
        return
    alignment.add(_in_containers(alignment))
    alignment.add(_leads(alignment))
    alignment.add(_between(alignment))


def grow(alignment: Alignment) -> None:
    """Take into the story the running text after its end that is in the same article or about as deep."""
    outline = alignment.outline
    running = alignment.running()
    if not running:
        return
    story = [outline.blocks[index] for index in running]
    shapes = {(tag, depth + more) for tag, depth in map(_shape, story) for more in (-1, 0, 1)}
    articles = {*map(_article, story)} - {None}
    added: list[int] = []
    gap = 0
    for index in range(running[-1] + 1, len(outline.blocks)):
        block = outline.blocks[index]
        if (
            gap > _LONGEST_GAP
            or outline.places[index] in {Place.COMMENTS, Place.OFFER, Place.CONSENT}
            or (block.role == "heading" and outline.is_linked(index))  # of another story
        ):
            break
        gap += 1
        if (
            outline.is_text(index)
            and len(block.text) >= _LONG
            and (_shape(block) in shapes or _article(block) in articles)
        ):
            added.append(index)
            gap = 0
    alignment.add(added)


def read_story(outline: Outline) -> list[Block]:
    """Return the blocks of the smallest element that has most of the running text after the headline."""
    title = outline.title_before(len(outline.blocks))
    texts = [index for index in range(len(outline.blocks)) if outline.is_text(index)]
    texts = [index for index in texts if title is not None and index > title] or texts
    if not texts:
        return []
    # Elements were dropped meanwhile: the outline knows where they were.
    around = {index: [*_whole_chain(outline, index)] for index in texts}
    lengths: Counter[Any] = Counter()
    for index in texts:
        for element in around[index]:
            lengths[element] += len(outline.blocks[index].text)
    total = sum(len(outline.blocks[index].text) for index in texts)
    # Of the elements around a block, the innermost comes first; all that have most of the text are nested.
    nested = (element for index in texts for element in around[index] if lengths[element] >= _MOST * total)
    innermost = next(nested, None)
    if innermost is None:
        return [outline.blocks[index] for index in texts]
    inside = [index for index in texts if innermost in around[index]]
    return [
        outline.blocks[index]
        for index in range(inside[0], inside[-1] + 1)
        if outline.places[index] is Place.TEXT and not outline.is_linked(index)
    ]


def _in_containers(alignment: Alignment) -> list[int]:
    """Return the paragraphs in containers like those that the extractor took from.

    A site that splits an article for advertisements puts its pieces into containers of one class. Extractors
    stop after the first.
    """
    outline = alignment.outline
    counts: Counter[_Container] = Counter()
    fits: list[tuple[int, _Container]] = []
    for index, block in enumerate(outline.blocks):
        if block.element.tag != "p" or not outline.is_long(index):
            continue
        parent = outline.parent(block.element)
        container = (parent.tag, parent.get("class", ""))
        if index in alignment.taken:
            counts[container] += 1
        elif outline.is_text(index) and not any(e.tag in _APART for e in outline.above(block.element)):
            fits.append((index, container))
    fewest = max(_FEWEST_IN_CONTAINER, _SHARE_IN_CONTAINER * counts.total())
    usual = {
        container
        for container, count in counts.items()
        if count >= fewest or (container[1] and count >= _SHARE_IN_NAMED * counts.total())
    }
    return [index for index, container in fits if container in usual]


def _leads(alignment: Alignment) -> list[int]:
    """Return the blocks between the headline and the story that open it."""
    outline = alignment.outline
    first = next(iter(alignment.running()), min(alignment.taken))
    title = outline.title_before(first)
    return [] if title is None else [i for i in range(title + 1, first) if _is_lead(outline, i)]


def _is_lead(outline: Outline, index: int) -> bool:
    """Return True if the block is long enough for a lead: a line of one sentence is a second headline.

    Its name may say that it is a lead, or that it is something else.
    """
    block = outline.blocks[index]
    if not outline.is_long(index) or outline.is_linked(index) or outline.is_beside_picture(index):
        return False
    names = [f"{e.get('class', '')} {e.get('id', '')}" for e in islice(_elements(block), _NEAR + 1)]
    is_named = LEAD_NAMES.search(" ".join(names)) is not None and not SECOND_HEADLINE_NAMES.search(names[0])
    if NO_LEAD_NAMES.search(" ".join(names[:_NEAR])) or (block.role == "item" and not is_named):
        return False
    if is_boilerplate(block.text) or is_caption(block.text):
        return False
    length = len(block.text.split())
    return (
        length >= (_FEWEST_WORDS_OF_NAMED if is_named else _FEWEST_WORDS)
        or count_sentences(block.text) >= _FEWEST_SENTENCES
    )


def _between(alignment: Alignment) -> list[int]:
    """Return the headings, items, rows and running text between paragraphs in one element of the story."""
    outline = alignment.outline
    running = alignment.running()
    if not running:
        return []
    present = {*alignment.indices()}
    parents = {outline.blocks[index].element.getparent() for index in running} - {None}
    return [
        index
        for index in range(running[0] + 1, running[-1])
        if index not in present
        and outline.places[index] is Place.TEXT
        and _is_structure(outline, index)
        and any(e in parents for e in islice(outline.blocks[index].element.iterancestors(), _NEAR))
    ]


def _is_structure(outline: Outline, index: int) -> bool:
    block = outline.blocks[index]
    if block.role == "item":
        return block.linked <= _LINKED * len(block.text)
    return outline.is_text(index) or (block.role in _STRUCTURE and not outline.is_linked(index))


def _elements(block: Block) -> Iterator[Any]:
    """Yield the element of the block and those around it, the innermost first."""
    yield block.element
    yield from block.element.iterancestors()


def _whole_chain(outline: Outline, index: int) -> Iterator[Any]:
    """Yield the element of the block at `index` and all around it in the page as it was."""
    element = outline.blocks[index].element
    yield element
    yield from outline.above(element)


def _article(block: Block) -> Any:
    return next((e for e in block.element.iterancestors() if e.tag in {"article", "main"}), None)


def _shape(block: Block) -> tuple[str, int]:
    """Return the tag of the block's element, and how deep in the page it is."""
    return block.element.tag, sum(1 for _ in block.element.iterancestors())
