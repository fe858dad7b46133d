"""A story as lines of text: its articles in their order, with the reprints of each under it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from rich.text import Text

from streams.cli.render.terminal import cut, printable
from streams.events import StoryArticle
from streams.jobs.stories import Story
from streams.wording import plural

HEADLINE_CHARACTERS = 72


def story_facts(article: StoryArticle) -> Iterator[Text]:
    """Yield what an article's event tells about its story."""
    size = f"{plural(article.articles, 'article')}, {plural(article.publishers, 'publisher')}"
    yield Text(printable(f"story {article.story_id}: {size}, since {minute(article.first_seen)}"))
    for fact in _relations(article):
        yield Text(printable(fact), style="dim")
    if article.labels:
        yield Text(printable(f"labels: {', '.join(article.labels)}"), style="dim")


def story_lines(story: Story) -> Iterator[str]:
    """Yield the lines of `story`."""
    size = f"{plural(len(story.articles), 'article')}, {plural(len(story.publishers), 'publisher')}"
    yield printable(story.central.headline or "no headline")
    yield printable(f"story {story.story_id}")
    yield f"{size}, from {minute(story.first_seen)} to {minute(story.last_seen)}"
    if story.labels:
        yield printable(f"labels: {', '.join(story.labels)}")
    yield ""
    for article in story.originals:
        yield from _article_lines(article, story, "", {article.article_id})


def minute(time: datetime) -> str:
    """Return `time` in UTC to the minute, such as 2026-03-01 12:00."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M}"


def headline(article: StoryArticle) -> str:
    """Return the headline of `article` for a table."""
    return cut(" ".join((article.headline or "no headline").split()), HEADLINE_CHARACTERS)


def _article_lines(article: StoryArticle, story: Story, indent: str, above: set[str]) -> Iterator[str]:
    facts = [headline(article), article.publisher or "no publisher"]
    if article.is_update:
        facts.append("an update")
    if article.duplicate_of is not None:
        facts.append(f"a reprint, {article.similarity:.0%} alike")
    time = article.published_at or article.fingerprint.arrived_at
    yield printable(f"{minute(time)}  {indent}{' · '.join(facts)}  [{article.article_id}]")
    for reprint in story.reprints.get(article.article_id, ()):
        if reprint.article_id not in above:
            yield from _article_lines(reprint, story, f"{indent}   ", above | {reprint.article_id})


def _relations(article: StoryArticle) -> Iterator[str]:
    if article.duplicate_of is not None:
        yield f"reprint of {article.duplicate_of}, {article.similarity:.0%} alike"
    if article.is_update:
        yield "a newer version by the same publisher"
    if article.merged_into is not None:
        yield f"merged into story {article.merged_into}"
