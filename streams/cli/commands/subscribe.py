"""`wireroom subscribe`: print the articles of a topic."""

from __future__ import annotations

import contextlib

import click

from streams.cli.options import SecondsParameter, broker_option
from streams.cli.output import Page, error_console
from streams.cli.render.article import block
from streams.errors import EnrichmentError
from streams.events import StoryArticle
from streams.settings import Settings
from streams.subscribers import EventRecord, event_type, records
from streams.topics import Topics


@click.command()
@click.option(
    "--label", metavar="LABEL", help="Print only articles with this label, from the topic labels.LABEL."
)
@click.option(
    "--topic",
    metavar="TOPIC",
    help="Topic to read, such as clean, or news.clean in full.  [default: enriched]",
)
@click.option(
    "--from",
    "start",
    type=click.Choice(["now", "beginning"]),
    default="now",
    show_default=True,
    help="Where to start; a group continues where it stopped.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON Lines, the bytes as they are in Kafka.")
@click.option("--max", "limit", type=click.IntRange(1), metavar="N", help="Stop after N articles.")
@click.option("--idle", type=SecondsParameter(), help="Stop when no article has arrived for this long.")
@click.option(
    "--group", metavar="GROUP", help="Continue where this consumer group stopped.  [default: no group]"
)
@click.option("--unique", is_flag=True, help="Leave out reprints; needs --topic stories.")
@click.option("--full", is_flag=True, help="Print the whole text, not only its opening and the evidence.")
@broker_option
def subscribe(
    label: str | None,
    topic: str | None,
    start: str,
    as_json: bool,
    limit: int | None,
    idle: float | None,
    group: str | None,
    unique: bool,
    full: bool,
    broker: str | None,
) -> None:
    """Print the articles of a topic as they arrive.

    Each article is a readable block, or one line with --json. Ctrl-C ends the command.

    \b
    Example: wireroom subscribe --label climate --from beginning --max 3
    """
    if label and topic:
        raise click.UsageError("--label and --topic exclude each other; give one of them")
    settings = Settings()
    name = full_name(f"labels.{label}" if label else topic or "enriched", settings.topics)
    if event_type(name) is not StoryArticle and unique:
        raise click.UsageError(f"{name} does not tell which articles are reprints; give --topic stories")
    page, err = Page(), error_console()
    left = limit
    with contextlib.suppress(KeyboardInterrupt):
        subscription = records(
            name,
            bootstrap=broker,
            settings=settings,
            beginning=start == "beginning",
            group=group,
            max_events=None if unique else limit,
            idle_seconds=idle,
        )
        with subscription:
            if err.is_terminal:
                err.print(f"following {name} at {subscription.bootstrap}; Ctrl-C stops", style="dim")
            for record in subscription:
                try:
                    if unique and record.event().duplicate_of is not None:
                        continue
                    _show(record, page, as_json=as_json, full=full)
                except EnrichmentError as error:
                    err.print(f"wireroom: {error}", markup=False)
                if unique and left is not None:
                    left -= 1
                    if left == 0:
                        break


def full_name(topic: str, topics: Topics) -> str:
    """Return the full name of `topic`: `clean` is short for `news.clean`, `labels.climate` likewise."""
    full = f"{topics.prefix}.{topic}"
    return full if full in (*topics.flow(), topics.dead) or topic.startswith("labels.") else topic


def _show(record: EventRecord, page: Page, *, as_json: bool, full: bool) -> None:
    if not as_json:
        page.show(block(record.event(), full=full))
    elif record.value is not None:
        # A line break in JSON is white space between values: in a string it would be escaped.
        click.get_binary_stream("stdout").write(record.value.replace(b"\n", b" ") + b"\n")
        click.get_binary_stream("stdout").flush()
