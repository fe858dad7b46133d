"""`wireroom subscribe`: follow an output topic."""

from __future__ import annotations

import contextlib

import click

from streams.cli.options import broker_option
from streams.cli.output import Page, remarks
from streams.cli.render import block
from streams.errors import EnrichmentError
from streams.settings import Settings
from streams.subscribers import EventRecord, event_type, records
from streams.topics import Topics


@click.command()
@click.option("--label", metavar="LABEL", help="Only articles with this label: the topic labels.LABEL.")
@click.option("--topic", metavar="TOPIC", help="Such as clean, or news.clean in full.  [default: enriched]")
@click.option(
    "--from",
    "start",
    type=click.Choice(["now", "beginning"]),
    default="now",
    show_default=True,
    help="Where to start; a group goes on where it was.",
)
@click.option("--json", "as_json", is_flag=True, help="JSON Lines: the bytes as they are on the wire.")
@click.option("--max", "most", type=click.IntRange(1), metavar="N", help="End after N articles.")
@click.option("--idle", type=float, metavar="SECONDS", help="End when nothing came for so long.")
@click.option("--group", metavar="GROUP", help="Go on where this consumer group was.  [default: no group]")
@click.option(
    "--full", is_flag=True, help="Show the whole text, not only its opening and what holds evidence."
)
@broker_option
def subscribe(
    label: str | None,
    topic: str | None,
    start: str,
    as_json: bool,
    most: int | None,
    idle: float | None,
    group: str | None,
    full: bool,
    broker: str | None,
) -> None:
    """Follow an output topic: a readable block for each article, or JSON Lines. Ctrl-C ends it.

    \b
    Example: wireroom subscribe --label climate --from beginning --max 3
    """
    if label and topic:
        raise click.UsageError("--label and --topic name two topics: give one of them")
    settings = Settings()
    name = full_name(f"labels.{label}" if label else topic or "enriched", settings.topics)
    event_type(name)
    page, err = Page(), remarks()
    with contextlib.suppress(KeyboardInterrupt):
        subscription = records(
            name,
            bootstrap=broker,
            settings=settings,
            beginning=start == "beginning",
            group=group,
            max_events=most,
            idle_seconds=idle,
        )
        with subscription:
            if err.is_terminal:
                err.print(f"following {name} at {subscription.bootstrap}, Ctrl-C ends", style="dim")
            for record in subscription:
                try:
                    _show(record, page, as_json=as_json, full=full)
                except EnrichmentError as error:
                    err.print(f"wireroom: {error}", markup=False)


def full_name(topic: str, topics: Topics) -> str:
    """TOPIC in full: `clean` is short for `news.clean`, `labels.climate` for `news.labels.climate`."""
    short = topic in {"raw", "clean", "tagged", "enriched", "dead"} or topic.startswith("labels.")
    return f"{topics.prefix}.{topic}" if short else topic


def _show(record: EventRecord, page: Page, *, as_json: bool, full: bool) -> None:
    if not as_json:
        page.show(block(record.event(), full=full))
    elif record.value is not None:
        # White space between values is all that a line break in JSON can be.
        click.get_binary_stream("stdout").write(record.value.replace(b"\n", b" ") + b"\n")
        click.get_binary_stream("stdout").flush()
