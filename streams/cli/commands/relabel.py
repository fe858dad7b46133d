"""`wireroom relabel`: what was labelled before, labelled again with the taxonomy in use now."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from streams.cli.options import broker_option
from streams.cli.output import Page, remarks
from streams.cli.render import printable
from streams.settings import Settings

if TYPE_CHECKING:
    from streams.jobs.relabel import Relabelling


class TimeParameter(click.ParamType):
    """RFC 3339, or a date; UTC where it names no time zone."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """VALUE as a time that knows its zone."""
        try:
            time = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time: write 2026-03-01 or 2026-03-01T12:00:00Z", param, ctx)
        return time if time.tzinfo else time.replace(tzinfo=UTC)


@click.command()
@click.option("--since", type=TimeParameter(), help="What was tagged since then: RFC 3339 or a date, UTC.")
@click.option("--from", "start", type=click.Choice(["beginning"]), help="All that news.tagged still holds.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and write nothing.")
@click.option("--max", "most", type=click.IntRange(1), metavar="N", help="N articles at most.")
@click.option("--json", "as_json", is_flag=True, help="The summary as one JSON object.")
@broker_option
def relabel(
    since: datetime | None,
    start: str | None,
    dry_run: bool,
    most: int | None,
    as_json: bool,
    broker: str | None,
) -> None:
    """Label articles again with the taxonomy in use now, into the same topics, each exactly once.

    Of every article its latest version is labelled; one that lost a label gets a tombstone on that label's
    topic. Prints what changed by label. A run that was stopped is continued by the next one; one that has
    finished repeats nothing until the taxonomy changes.

    \b
    Example: wireroom relabel --since 2026-03-01 --dry-run
    """
    from streams.enrich.labels import load_labeller  # models
    from streams.jobs.relabel import relabel as relabel_articles  # Faust
    from streams.kafka.connection import Connection

    if (since is None) == (start is None):
        raise click.UsageError("say which articles: --since TIME or --from beginning")
    settings = Settings()
    labeller = load_labeller(settings.taxonomy)
    err = remarks()
    bar = Progress(
        TextColumn("relabelling"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )
    with bar:
        task = bar.add_task("relabelling", total=None)
        outcome = relabel_articles(
            Connection.from_settings(settings, broker),
            settings.topics,
            settings.group,
            labeller,
            batch_size=settings.batch_size,
            max_event_bytes=settings.max_event_bytes,
            since=since,
            max_articles=most,
            dry_run=dry_run,
            on_articles=lambda done, of: bar.update(task, completed=done, total=of),
        )
    for place, why in outcome.failed:
        err.print(f"wireroom: {place}: {type(why).__name__}: {why}: it stays as it was", markup=False)
    if outcome.waiting:
        err.print(
            f"wireroom: {outcome.waiting} on {settings.topics.tagged} wait for the label stage of the workers"
        )
    if as_json:
        click.echo(json.dumps(_as_json(outcome, dry_run=dry_run)))
        return
    if outcome.articles:
        Page().show(_table(outcome))
    click.echo(_summary(outcome, dry_run=dry_run))


def _as_json(outcome: Relabelling, *, dry_run: bool) -> dict[str, object]:
    fields = {
        ("overtaken" if name == "superseded" else name): value for name, value in asdict(outcome).items()
    }
    failed = [
        {"place": place, "reason": type(why).__name__, "why": str(why)} for place, why in outcome.failed
    ]
    return {"dry_run": dry_run, "articles": outcome.articles, **fields, "failed": failed}


def _summary(outcome: Relabelling, *, dry_run: bool) -> str:
    articles = "article" if outcome.articles == 1 else "articles"
    said = f"{'would relabel' if dry_run else 'relabelled'} {outcome.articles} {articles}"
    if not outcome.articles:
        return f"{said}: the rest is done with this taxonomy, or not labelled yet"
    said += (
        f": {outcome.written} {'to write' if dry_run else 'written'}, {outcome.left_alone} left as they are"
    )
    if outcome.superseded:
        said += f"; {outcome.superseded} passed over, with a newer version on its way"
    return said


def _table(outcome: Relabelling) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("label", overflow="fold")
    for heading in ("gained", "lost", "moved", "unchanged"):
        table.add_column(heading, justify="right")
    for label, change in sorted(outcome.labels.items()):
        counts = (change.gained, change.lost, change.moved, change.unchanged)
        table.add_row(Text(printable(label)), *(f"{count:,}" if count else "-" for count in counts))
    return table
