"""An article as a block on a terminal: what it says, what it is about and why, who and what it names.

Labels have a background each, entity types a colour each, and the text wears both where they were found.
Without colours every fact is still there as words.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.constrain import Constrain
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from streams.events import (
    ArticleEvent,
    CleanArticle,
    EnrichedArticle,
    Entity,
    EntityType,
    Evidence,
    Label,
    RawArticle,
    TaggedArticle,
)

MEASURE = 100  # columns; longer lines are hard to read
OPENING_PARAGRAPHS = 2
MOST_PARAGRAPHS = 12
PARAGRAPH_CHARACTERS = 1_500
MOST_ENTITIES = 12
MOST_PHRASES = 8
RAW_CHARACTERS = 600

ENTITY_STYLES = {
    EntityType.PER: "cyan",
    EntityType.ORG: "magenta",
    EntityType.LOC: "green",
    EntityType.MISC: "yellow",
}
# Light backgrounds with black letters read well on a dark and on a light terminal.
LABEL_COLOURS = ("#f2d58b", "#a9d8c4", "#b9c8ee", "#e9bfcf", "#d5d99a", "#c9c2e6")

_ELLIPSIS = Padding(Text("…", style="dim"), (0, 2))

# Control characters of an article must not reach the terminal; one for one, so that offsets stay.
_CONTROLS = {code: "\ufffd" for code in [*range(32), *range(127, 160)] if code != ord("\n")} | {9: " "}


def block(article: ArticleEvent, *, full: bool = False) -> RenderableType:
    """ARTICLE to be printed by rich; FULL shows all of the text, else its opening and what holds evidence."""
    return Constrain(Group(*_parts(article, full=full)), MEASURE)


def printable(text: str) -> str:
    """TEXT with nothing in it that could steer a terminal; every character keeps its place."""
    return text.translate(_CONTROLS)


class Paragraph(NamedTuple):
    """A stretch of an article's text between blank lines."""

    start: int
    end: int
    text: str


def paragraphs(text: str) -> Iterator[Paragraph]:
    """The paragraphs of TEXT with their places in it."""
    start = 0
    for part in text.split("\n\n"):
        yield Paragraph(start, start + len(part), part)
        start += len(part) + 2


def _parts(article: ArticleEvent, *, full: bool) -> Iterator[RenderableType]:
    yield _rule(article)
    if isinstance(article, RawArticle):
        yield _headline(article)
        yield from _meta(article)
        yield ""
        body = article.body if full else _cut(article.body, RAW_CHARACTERS)
        yield Padding(Text(printable(body)), (0, 2))
    elif isinstance(article, CleanArticle):
        yield from _clean_parts(article, full=full)
    yield ""


def _clean_parts(article: CleanArticle, *, full: bool) -> Iterator[RenderableType]:
    text = _StyledText(article)
    stretches = list(paragraphs(article.text))
    # The headline is part of the text where there is one: shown once, in its place.
    if article.headline and stretches[0].text == article.headline:
        headline = text.stretch(stretches.pop(0))
        headline.stylize_before("bold")
        yield headline
    else:
        yield _headline(article)
    yield from _meta(article)
    if isinstance(article, EnrichedArticle):
        yield ""
        yield _labels(article)
    yield ""
    yield from _text(article, text, stretches, full=full)
    if isinstance(article, TaggedArticle) and article.entities:
        yield ""
        yield from _entities(article.entities)
    if article.removed or article.warnings:
        yield ""
        yield from _remarks(article)


class _Span(NamedTuple):
    """A style for a stretch of the text; of two that meet, the one of higher rank is seen."""

    start: int
    end: int
    rank: int
    style: str


class _StyledText:
    """An article's text: entities coloured by type, evidence on its label's background."""

    def __init__(self, article: CleanArticle) -> None:
        self._text = article.text
        self._spans = sorted([*_entity_spans(article), *_evidence_spans(article)])
        self._starts = [span.start for span in self._spans]

    def stretch(self, paragraph: Paragraph, most: int | None = None) -> Text:
        """PARAGRAPH with its styles, cut to MOST characters."""
        text = Text(printable(paragraph.text))
        for span in sorted(self._within(paragraph), key=lambda span: span.rank):
            text.stylize(span.style, span.start - paragraph.start, span.end - paragraph.start)
        if most is not None and len(text) > most:
            text = text[: most - 1].append("…", "dim")
        return text

    def has_evidence(self, paragraph: Paragraph) -> bool:
        """Whether something in PARAGRAPH speaks for or against a label."""
        return any(span.rank > 0 for span in self._within(paragraph))

    def _within(self, paragraph: Paragraph) -> list[_Span]:
        return self._spans[
            bisect_left(self._starts, paragraph.start) : bisect_left(self._starts, paragraph.end)
        ]


def _entity_spans(article: CleanArticle) -> Iterator[_Span]:
    if isinstance(article, TaggedArticle):
        for entity in article.entities:
            for mention in entity.mentions:
                yield _Span(mention.start, mention.end, 0, ENTITY_STYLES[entity.type])


def _evidence_spans(article: CleanArticle) -> Iterator[_Span]:
    """The best label has the highest rank."""
    if isinstance(article, EnrichedArticle):
        colours = _colours(article)
        for rank, label in enumerate(reversed(article.labels), 1):
            for evidence in label.evidence:
                colour = colours[label.label]
                style = f"black on {colour}" if evidence.weight >= 0 else f"strike {colour}"
                yield _Span(evidence.start, evidence.end, rank, style)


def _rule(article: ArticleEvent) -> RenderableType:
    return _Rule(printable(article.article_id))


class _Rule:
    """A line across the block, with the article's id at its end."""

    def __init__(self, article_id: str) -> None:
        self.article_id = article_id

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        shown = _cut(self.article_id, max(options.max_width // 2, 8))
        dash = "─" if console.encoding.startswith("utf") else "-"
        line = dash * max(options.max_width - len(shown) - 2, 0)
        yield Text.assemble(
            (line, "dim"), "  " if line else "", (shown, "dim"), no_wrap=True, overflow="crop"
        )


def _headline(article: RawArticle | CleanArticle) -> Text:
    return Text(printable(article.headline), style="bold") if article.headline else Text("no headline", "dim")


def _meta(article: RawArticle | CleanArticle) -> Iterator[Text]:
    facts = [article.publisher, _date(article.published_at)]
    if isinstance(article, CleanArticle):
        words = "word" if article.word_count == 1 else "words"
        facts += [article.byline, article.dateline, article.language, f"{article.word_count:,} {words}"]
    else:
        facts += [article.content_type, article.language]
    for line in (" · ".join(fact for fact in facts if fact), article.url):
        if line:
            yield Text(printable(line), style="dim")


def _date(published_at: datetime | None) -> str | None:
    if published_at is None:
        return None
    known = published_at.astimezone(UTC) if published_at.tzinfo else published_at
    time = f"{known:%H:%M} UTC" if (known.hour, known.minute) != (0, 0) else ""
    return f"{known.day} {known:%B} {known.year}, {time}" if time else f"{known.day} {known:%B} {known.year}"


def _labels(article: EnrichedArticle) -> RenderableType:
    if not article.labels:
        known = [f"{name} {score:.3f}" for name, score in article.scores.items() if score is not None]
        return Text("no label" + (f" ({', '.join(known)})" if known else ""), style="dim")
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column()
    colours = _colours(article)
    for label in article.labels:
        name = Text(f" {printable(label.label)} ", style=f"black on {colours[label.label]}")
        codes = f"  IPTC {', '.join(label.iptc)}" if label.iptc else ""
        table.add_row(
            name,
            f"{label.score:.3f}",
            Group(
                Text.assemble(printable(label.name), (printable(codes), "dim")),
                Text(printable(_phrases(label)), style="dim"),
            ),
        )
    return table


def _phrases(label: Label) -> str:
    """The phrases of LABEL by what they weigh together; `against` where that is below zero."""
    found: dict[str, list[Evidence]] = {}
    for evidence in label.evidence:
        found.setdefault(evidence.text.lower(), []).append(evidence)
    weighed = [(sum(one.weight for one in places), places) for places in found.values()]
    weighed.sort(key=lambda entry: -abs(entry[0]))
    shown = [
        ("against: " if weight < 0 else "")
        + " ".join(places[0].text.split())
        + (f" ×{len(places)}" if len(places) > 1 else "")
        for weight, places in weighed
    ]
    return ", ".join([*shown[:MOST_PHRASES], *(["…"] if len(shown) > MOST_PHRASES else [])])


def _text(
    article: CleanArticle, text: _StyledText, stretches: list[Paragraph], *, full: bool
) -> Iterator[RenderableType]:
    """Highlights as a list, then paragraphs parted by blank lines; an ellipsis where some are left out."""
    most = None if full else PARAGRAPH_CHARACTERS
    highlights = set(article.highlights)
    listed = [stretch for stretch in stretches if stretch.text in highlights]
    body = [stretch for stretch in stretches if stretch.text not in highlights]
    for stretch in listed:
        yield Padding(_bullet(text.stretch(stretch, most)), (0, 2))
    shown, blank, gap = 0, bool(listed), False
    for place, stretch in enumerate(body):
        telling = place < OPENING_PARAGRAPHS or (shown < MOST_PARAGRAPHS and text.has_evidence(stretch))
        if not (full or telling):
            gap = True
            continue
        if gap:
            yield _ELLIPSIS
        elif blank:
            yield ""
        yield Padding(text.stretch(stretch, most), (0, 2))
        shown, blank, gap = shown + 1, True, False
    if gap:
        yield _ELLIPSIS


def _bullet(text: Text) -> RenderableType:
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_row(Text("•", style="dim"), text)
    return table


def _colours(article: EnrichedArticle) -> dict[str, str]:
    """A colour for each label: the same in every article under one taxonomy."""
    known = sorted({*article.scores, *(label.label for label in article.labels)})
    return {label: LABEL_COLOURS[place % len(LABEL_COLOURS)] for place, label in enumerate(known)}


def _entities(entities: list[Entity]) -> Iterator[RenderableType]:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column()
    table.add_column()
    table.add_column(justify="right", no_wrap=True)
    table.add_column()
    for entity in entities[:MOST_ENTITIES]:
        style = ENTITY_STYLES[entity.type]
        table.add_row(
            Text(entity.type, style=style),
            Text(printable(entity.name), style=style),
            Text(printable(entity.role or "")),
            Text(f"×{entity.count}", style="dim"),
            Text(printable(_ids(entity)), style="dim"),
        )
    yield table
    if len(entities) > MOST_ENTITIES:
        others = ", ".join(entity.name for entity in entities[MOST_ENTITIES:])
        yield Text(printable(f"and {len(entities) - MOST_ENTITIES} more: {others}"), style="dim")


def _ids(entity: Entity) -> str:
    """Country and Wikidata ids are known by their looks, others need a scheme; GeoNames where no other is."""
    return " ".join(
        value if scheme in ("iso3166", "wikidata") else f"{scheme}:{value}"
        for scheme, value in entity.ids.items()
        if scheme != "geonames" or "wikidata" not in entity.ids
    )


def _remarks(article: CleanArticle) -> Iterator[RenderableType]:
    kinds: dict[str, list[str]] = {}
    for removed in article.removed:
        kinds.setdefault(removed.kind, []).append(removed.text)
    for kind, texts in kinds.items():
        count = f" ×{len(texts)}" if len(texts) > 1 else ""
        first = _cut(" ".join(texts[0].split()), 70)
        yield Text(printable(f"removed {kind}{count}: {first}"), style="dim")
    if article.warnings:
        yield Text(printable(f"warnings: {', '.join(article.warnings)}"), style="yellow")


def _cut(text: str, characters: int) -> str:
    return text if len(text) <= characters else text[: characters - 1].rstrip() + "…"
