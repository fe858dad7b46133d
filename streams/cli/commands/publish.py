"""`wireroom publish`: articles from files onto the wire."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from producers import publish as publish_articles
from producers.sources import size_of
from streams.cli.input import SUFFIXES, Reading, paths_argument
from streams.cli.options import broker_option
from streams.errors import WireroomError
from streams.settings import Settings


@click.command(epilog=f"In folders, files are told by their names: {SUFFIXES}.")
@paths_argument(required=True)
@click.option("--publisher", metavar="NAME", help="For articles that name none.")
@broker_option
def publish(paths: tuple[Path, ...], publisher: str | None, broker: str | None) -> None:
    """Publish the articles in PATH...: text, HTML or JSON Lines files, folders of them, - for standard input.

    Prints how many were acknowledged. What is no article is reported by name and line, the rest is published,
    and the exit code is 1.

    \b
    Example: wireroom publish seeds/ --publisher "The Example"
    """
    settings = Settings()
    bootstrap = broker or settings.broker
    with _progress(Console(stderr=True)) as progress:
        reading = Reading(
            paths, progress.console, max_article_bytes=settings.max_article_bytes, publisher=publisher
        )
        size = sum(map(size_of, reading.sources))
        task = progress.add_task("publishing", total=size or None, count=0)
        reading.reader.advance = lambda read: progress.advance(task, read)
        acknowledged = 0

        def count(_: object) -> None:
            nonlocal acknowledged
            acknowledged += 1
            progress.update(task, count=acknowledged)

        try:
            publish_articles(
                (sourced.article for sourced in reading),
                bootstrap,
                settings=settings,
                on_acknowledged=count,
            )
        except KeyboardInterrupt:
            raise WireroomError(f"interrupted; {acknowledged} acknowledged by {bootstrap}") from None
    articles = "article" if acknowledged == 1 else "articles"
    click.echo(f"{acknowledged} {articles} acknowledged by {bootstrap}")
    if reading.problems:
        raise SystemExit(1)


def _progress(console: Console) -> Progress:
    """A bar over the bytes read, and the articles acknowledged; shown on a terminal only, gone at the end."""
    return Progress(
        TextColumn("publishing"),
        BarColumn(bar_width=30),
        TaskProgressColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[count]:,} acknowledged"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
