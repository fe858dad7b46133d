"""The block of an article of any stage."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.constrain import Constrain
from rich.padding import Padding
from rich.text import Text

from streams.cli.render.entities import entity_table
from streams.cli.render.labels import label_table
from streams.cli.render.stories import story_facts
from streams.cli.render.terminal import cut, printable
from streams.cli.render.text import StyledText, paragraphs, text_blocks
from streams.events import (
    ArticleEvent,
    CleanArticle,
    EnrichedArticle,
    Fingerprint,
    RawArticle,
    StoryArticle,
    TaggedArticle,
)
from streams.wording import plural

MAX_WIDTH = 100  # columns; longer lines are hard to read
RAW_CHARACTERS = 600
REMOVED_CHARACTERS = 70


def block(article: ArticleEvent, *, full: bool = False) -> RenderableType:
    """Return `article` for rich to print; unless `full`, its text is the opening and the evidence."""
    return Constrain(Group(*_parts(article, full=full)), MAX_WIDTH)


def _parts(article: ArticleEvent, *, full: bool) -> Iterator[RenderableType]:
    yield _Rule(printable(article.article_id))
    if isinstance(article, RawArticle):
        yield _headline(article)
        yield from _facts(article)
        yield ""
        body = article.body if full else cut(article.body, RAW_CHARACTERS)
        yield Padding(Text(printable(body)), (0, 2))
    elif isinstance(article, CleanArticle):
        yield from _clean_parts(article, full=full)
    elif isinstance(article, (StoryArticle, Fingerprint)):
        yield _headline(article)
        yield from _facts(article)
        if isinstance(article, StoryArticle):
            yield from story_facts(article)
    yield ""


def _clean_parts(article: CleanArticle, *, full: bool) -> Iterator[RenderableType]:
    styled = StyledText(article)
    parts = list(paragraphs(article.text))
    # The text begins with the headline, if there is one; it is shown once.
    if article.headline and parts[0].text == article.headline:
        headline = styled.style(parts.pop(0))
        headline.stylize_before("bold")
        yield headline
    else:
        yield _headline(article)
    yield from _facts(article)
    if isinstance(article, EnrichedArticle):
        yield ""
        yield label_table(article)
    yield ""
    yield from text_blocks(article, styled, parts, full=full)
    if isinstance(article, TaggedArticle) and article.entities:
        yield ""
        yield from entity_table(article.entities)
    if article.removed or article.warnings:
        yield ""
        yield from _removed_and_warnings(article)


class _Rule:
    """A line across the block that ends with the article's id."""

    def __init__(self, article_id: str) -> None:
        self.article_id = article_id

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        name = cut(self.article_id, max(options.max_width // 2, 8))
        dash = "─" if console.encoding.startswith("utf") else "-"
        line = dash * max(options.max_width - len(name) - 2, 0)
        yield Text.assemble((line, "dim"), "  " if line else "", (name, "dim"), no_wrap=True, overflow="crop")


def _headline(article: RawArticle | CleanArticle | Fingerprint | StoryArticle) -> Text:
    return Text(printable(article.headline), style="bold") if article.headline else Text("no headline", "dim")


def _facts(article: RawArticle | CleanArticle | Fingerprint | StoryArticle) -> Iterator[Text]:
    facts = [article.publisher, _date(article.published_at)]
    if isinstance(article, CleanArticle):
        facts += [article.byline, article.dateline, article.language, plural(article.word_count, "word", ",")]
    elif isinstance(article, RawArticle):
        facts += [article.content_type, article.language]
    for line in (" · ".join(fact for fact in facts if fact), article.url):
        if line:
            yield Text(printable(line), style="dim")


def _date(published_at: datetime | None) -> str | None:
    """Return "1 March 2026, 12:00 UTC", without the time if it is midnight."""
    if published_at is None:
        return None
    utc = published_at.astimezone(UTC) if published_at.tzinfo else published_at
    day = f"{utc.day} {utc:%B} {utc.year}"
    return day if (utc.hour, utc.minute) == (0, 0) else f"{day}, {utc:%H:%M} UTC"


def _removed_and_warnings(article: CleanArticle) -> Iterator[RenderableType]:
    kinds: dict[str, list[str]] = {}
    for removed in article.removed:
        kinds.setdefault(removed.kind, []).append(removed.text)
    for kind, texts in kinds.items():
        count = f" ×{len(texts)}" if len(texts) > 1 else ""
        first = cut(" ".join(texts[0].split()), REMOVED_CHARACTERS)
        yield Text(printable(f"removed {kind}{count}: {first}"), style="dim")
    if article.warnings:
        yield Text(printable(f"warnings: {', '.join(article.warnings)}"), style="yellow")
