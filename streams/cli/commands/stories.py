"""`wireroom stories`: the largest stories of now, and all articles of one."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from streams.cli.options import DurationParameter, broker_option, json_lines_option
from streams.cli.render.terminal import printable
from streams.cli.tables import echo_table
from streams.headers import rfc3339
from streams.settings import Settings

if TYPE_CHECKING:
    from streams.jobs.stories import Story

PUBLISHERS = 3  # that a line names


@click.group(invoke_without_command=True)
@click.option(
    "--since",
    type=DurationParameter(),
    default="24h",
    show_default=True,
    help="Print stories with an article in this time, such as 90m, 24h or 3d.",
)
@click.option("--label", metavar="LABEL", help="Print only stories that have an article with this label.")
@click.option(
    "--max", "limit", type=click.IntRange(1), default=20, show_default=True, help="Print at most N stories."
)
@json_lines_option
@broker_option
@click.pass_context
def stories(
    context: click.Context,
    since: float,
    label: str | None,
    limit: int,
    as_json: bool,
    broker: str | None,
) -> None:
    """Print the largest stories of now.

    Each has a line: its articles, reprints included, its publishers, when it was first seen, its labels, the
    headline of its most central article, and its id.

    \b
    Example: wireroom stories --since 24h --label climate
    """
    if context.invoked_subcommand is not None:
        return
    from streams.jobs.stories import current_stories
    from streams.kafka.connection import Connection

    settings = Settings()
    found = current_stories(
        Connection.from_settings(settings, broker),
        settings.topics.stories,
        since=datetime.now(UTC) - timedelta(seconds=since),
        days=settings.story_days,
    )
    chosen = [story for story in found if label is None or label in story.labels][:limit]
    if as_json:
        for story in chosen:
            click.echo(json.dumps(_as_json(story), ensure_ascii=False))
        return
    if not chosen:
        click.echo("no stories in this time", err=True)
        return
    headings = ("articles", "publishers", "first seen", "labels", "headline", "story")
    echo_table(headings, list(map(_row, chosen)), right=("articles",))


@stories.command()
@click.argument("story")
@click.option("--json", "as_json", is_flag=True, help="Print the StoryArticle of each article, one a line.")
@broker_option
def show(story: str, as_json: bool, broker: str | None) -> None:
    """Print all articles of one story, with the reprints of each article under it.

    STORY is the id of the story, or its beginning, or the id of an article.

    \b
    Example: wireroom stories show 4f1d
    """
    from streams.cli.render.stories import story_lines
    from streams.jobs.stories import find_story
    from streams.kafka.connection import Connection

    settings = Settings()
    found = find_story(Connection.from_settings(settings, broker), settings.topics.stories, story)
    if as_json:
        for article in found.articles:
            click.echo(article.to_bytes())
        return
    for line in story_lines(found):
        click.echo(line)


def _as_json(story: Story) -> dict[str, Any]:
    central = story.central
    return {
        "story_id": story.story_id,
        "headline": central.headline,
        "article_id": central.article_id,
        "articles": len(story.articles),
        "reprints": sum(each.duplicate_of is not None for each in story.articles),
        "publishers": len(story.publishers),
        "publisher_names": story.publishers,
        "labels": story.labels,
        "first_seen": rfc3339(story.first_seen),
        "last_seen": rfc3339(story.last_seen),
    }


def _row(story: Story) -> tuple[str, ...]:
    from streams.cli.render.stories import headline, minute

    names = story.publishers
    more = f" +{len(names) - PUBLISHERS}" if len(names) > PUBLISHERS else ""
    return tuple(
        printable(cell)
        for cell in (
            str(len(story.articles)),
            ", ".join(names[:PUBLISHERS]) + more or "-",
            minute(story.first_seen),
            ", ".join(story.labels) or "-",
            headline(story.central),
            story.story_id,
        )
    )
