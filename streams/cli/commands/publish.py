"""`wireroom publish`: publish articles from files."""

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
from streams.cli.input import FOLDERS_EPILOG, Reading, paths_argument
from streams.cli.options import broker_option, publisher_option
from streams.errors import WireroomError
from streams.settings import Settings
from streams.wording import plural


@click.command(epilog=FOLDERS_EPILOG)
@paths_argument(required=True)
@publisher_option
@broker_option
def publish(paths: tuple[Path, ...], publisher: str | None, broker: str | None) -> None:
    """Publish articles from files, folders or standard input.

    Each PATH is a text, HTML, JSON Lines, RSS, Atom or CSV file, a folder of them, or - for standard input.
    The output says how many articles the broker acknowledged. If a file or a line is not an article, it is
    reported, the others are still published, and the exit code is 1.

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
            raise WireroomError(
                f"interrupted; {bootstrap} has acknowledged {plural(acknowledged, 'article')}"
            ) from None
    click.echo(f"{plural(acknowledged, 'article')} acknowledged by {bootstrap}")
    if reading.problems:
        raise SystemExit(1)


def _progress(console: Console) -> Progress:
    """Return a bar of the bytes read and the articles acknowledged; it shows on a terminal until the end."""
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
