"""`wireroom relabel`: label published articles again with the current label files."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from streams.cli.options import broker_option
from streams.cli.output import Page, error_console, plain_table
from streams.cli.render.terminal import printable
from streams.settings import Settings
from streams.wording import plural

if TYPE_CHECKING:
    from streams.jobs.relabel import Relabelling


class TimeParameter(click.ParamType):
    """An RFC 3339 time or a date, in UTC unless it has a time zone."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return `value` as a time with a time zone."""
        try:
            time = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a time; write 2026-03-01 or 2026-03-01T12:00:00Z", param, ctx)
        return time if time.tzinfo else time.replace(tzinfo=UTC)


@click.command()
@click.option(
    "--since", type=TimeParameter(), help="Relabel articles tagged since this RFC 3339 time or date (UTC)."
)
@click.option(
    "--from", "start", type=click.Choice(["beginning"]), help="Relabel all articles that news.tagged holds."
)
@click.option("--dry-run", is_flag=True, help="Print what would change and write nothing.")
@click.option("--max", "limit", type=click.IntRange(1), metavar="N", help="Relabel at most N articles.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object.")
@broker_option
def relabel(
    since: datetime | None,
    start: str | None,
    dry_run: bool,
    limit: int | None,
    as_json: bool,
    broker: str | None,
) -> None:
    """Label published articles again with the current label files.

    The latest version of each article goes to the same topics, exactly once. An article that lost a label
    gets a tombstone on that label's topic. The output counts the changes by label. A run continues where an
    interrupted run stopped; after a finished run it does nothing until the label files change.

    \b
    Example: wireroom relabel --since 2026-03-01 --dry-run
    """
    from streams.enrich.labels import load_labeller  # models
    from streams.jobs.relabel import relabel as relabel_articles  # Faust
    from streams.kafka.connection import Connection

    if (since is None) == (start is None):
        raise click.UsageError("choose the articles with either --since TIME or --from beginning")
    settings = Settings()
    labeller = load_labeller(settings.taxonomy, settings.labeller)
    err = error_console()
    with _progress(err) as bar:
        task = bar.add_task("relabelling", total=None)
        outcome = relabel_articles(
            Connection.from_settings(settings, broker),
            settings.topics,
            settings.group,
            labeller,
            batch_size=settings.batch_size,
            max_event_bytes=settings.max_event_bytes,
            since=since,
            max_articles=limit,
            dry_run=dry_run,
            on_articles=lambda done, of: bar.update(task, completed=done, total=of),
        )
    _print_problems(outcome, settings.topics.tagged, err)
    if as_json:
        click.echo(json.dumps(_as_json(outcome, dry_run=dry_run)))
        return
    if outcome.articles:
        Page().show(_table(outcome))
    click.echo(_summary(outcome, dry_run=dry_run))


def _progress(console: Console) -> Progress:
    """Return a bar of the articles labelled; it shows on a terminal until the end."""
    return Progress(
        TextColumn("relabelling"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _print_problems(outcome: Relabelling, tagged: str, console: Console) -> None:
    for place, why in outcome.failed:
        console.print(f"wireroom: {place} stays as it was: {type(why).__name__}: {why}", markup=False)
    if outcome.waiting:
        records = plural(outcome.waiting, "record")
        console.print(f"wireroom: {records} on {tagged} must first be labelled by a worker")


def _as_json(outcome: Relabelling, *, dry_run: bool) -> dict[str, object]:
    fields = {
        ("overtaken" if name == "superseded" else name): value for name, value in asdict(outcome).items()
    }
    failed = [
        {"place": place, "reason": type(why).__name__, "why": str(why)} for place, why in outcome.failed
    ]
    return {"dry_run": dry_run, "articles": outcome.articles, **fields, "failed": failed}


def _summary(outcome: Relabelling, *, dry_run: bool) -> str:
    summary = f"{'would relabel' if dry_run else 'relabelled'} {plural(outcome.articles, 'article')}"
    if not outcome.articles:
        return f"{summary}; those chosen already have the labels of this taxonomy or wait for a worker"
    written = "to write" if dry_run else "written"
    summary += f": {outcome.written} {written}, {outcome.left_alone} unchanged"
    if outcome.superseded:
        summary += f"; {outcome.superseded} skipped, because a newer version is on its way"
    return summary


def _table(outcome: Relabelling) -> Table:
    table = plain_table()
    table.add_column("label", overflow="fold")
    for heading in ("gained", "lost", "moved", "unchanged"):
        table.add_column(heading, justify="right")
    for label, change in sorted(outcome.labels.items()):
        counts = (change.gained, change.lost, change.moved, change.unchanged)
        table.add_row(Text(printable(label)), *(f"{count:,}" if count else "-" for count in counts))
    return table
