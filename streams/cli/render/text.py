"""An article's text in paragraphs, with the styles of its entities and of the labels' evidence."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from streams.cli.render.entities import ENTITY_STYLES
from streams.cli.render.labels import label_colours
from streams.cli.render.terminal import printable
from streams.events import CleanArticle, EnrichedArticle, TaggedArticle

OPENING_PARAGRAPHS = 2
MAX_PARAGRAPHS = 12
PARAGRAPH_CHARACTERS = 1_500

_ELLIPSIS = Padding(Text("…", style="dim"), (0, 2))


class Paragraph(NamedTuple):
    """A paragraph and its place in the article's text."""

    start: int
    end: int
    text: str


def paragraphs(text: str) -> Iterator[Paragraph]:
    """Yield the paragraphs of `text`, which blank lines separate."""
    start = 0
    for part in text.split("\n\n"):
        yield Paragraph(start, start + len(part), part)
        start += len(part) + 2


class _Span(NamedTuple):
    """A style for a part of the text; where two overlap, the higher rank is visible."""

    start: int
    end: int
    rank: int
    style: str


class StyledText:
    """An article's text with entities in the colour of their type and evidence on the colour of its label."""

    def __init__(self, article: CleanArticle) -> None:
        self._spans = sorted([*_entity_spans(article), *_evidence_spans(article)])
        self._starts = [span.start for span in self._spans]

    def style(self, paragraph: Paragraph, limit: int | None = None) -> Text:
        """Return `paragraph` with its styles, cut to `limit` characters."""
        text = Text(printable(paragraph.text))
        for span in sorted(self._within(paragraph), key=lambda span: span.rank):
            text.stylize(span.style, span.start - paragraph.start, span.end - paragraph.start)
        if limit is not None and len(text) > limit:
            text = text[: limit - 1].append("…", "dim")
        return text

    def has_evidence(self, paragraph: Paragraph) -> bool:
        """Return True if `paragraph` contains evidence for or against a label."""
        return any(span.rank > 0 for span in self._within(paragraph))

    def _within(self, paragraph: Paragraph) -> list[_Span]:
        return self._spans[
            bisect_left(self._starts, paragraph.start) : bisect_left(self._starts, paragraph.end)
        ]


def text_blocks(
    article: CleanArticle, styled: StyledText, parts: list[Paragraph], *, full: bool
) -> Iterator[RenderableType]:
    """Yield the highlights of `parts` as a list, then the other paragraphs.

    Unless `full`, the paragraphs are the opening and those with evidence; an ellipsis stands for the others.
    """
    limit = None if full else PARAGRAPH_CHARACTERS
    highlights = set(article.highlights)
    listed = [part for part in parts if part.text in highlights]
    body = [part for part in parts if part.text not in highlights]
    for part in listed:
        yield Padding(_bullet(styled.style(part, limit)), (0, 2))
    needs_blank, skipped = bool(listed), False
    for part, is_shown in zip(body, _selected(body, styled, full=full), strict=True):
        if not is_shown:
            skipped = True
            continue
        if skipped:
            yield _ELLIPSIS
        elif needs_blank:
            yield ""
        yield Padding(styled.style(part, limit), (0, 2))
        needs_blank, skipped = True, False
    if skipped:
        yield _ELLIPSIS


def _selected(body: list[Paragraph], styled: StyledText, *, full: bool) -> Iterator[bool]:
    """Yield True for each paragraph to show: all if `full`, else the opening and those with evidence."""
    count = 0
    for place, paragraph in enumerate(body):
        is_shown = (
            full or place < OPENING_PARAGRAPHS or (count < MAX_PARAGRAPHS and styled.has_evidence(paragraph))
        )
        count += is_shown
        yield is_shown


def _bullet(text: Text) -> RenderableType:
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_row(Text("•", style="dim"), text)
    return table


def _entity_spans(article: CleanArticle) -> Iterator[_Span]:
    if isinstance(article, TaggedArticle):
        for entity in article.entities:
            for mention in entity.mentions:
                yield _Span(mention.start, mention.end, 0, ENTITY_STYLES[entity.type])


def _evidence_spans(article: CleanArticle) -> Iterator[_Span]:
    """Yield the spans of the evidence; the best label has the highest rank."""
    if isinstance(article, EnrichedArticle):
        colours = label_colours(article)
        for rank, label in enumerate(reversed(article.labels), 1):
            for evidence in label.evidence:
                colour = colours[label.label]
                style = f"black on {colour}" if evidence.weight >= 0 else f"strike {colour}"
                yield _Span(evidence.start, evidence.end, rank, style)
