"""`wireroom topics`: create the topics on a broker, or list them."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Literal

import click
from rich.console import Console

from streams.cli.options import broker_option, json_lines_option
from streams.cli.output import plain_table
from streams.errors import BrokerError
from streams.settings import Settings
from streams.topics import DAY_MS
from streams.wording import plural

if TYPE_CHECKING:
    from streams.kafka.admin import TopicOutcome, TopicState


@click.group()
def topics() -> None:
    """Create the topics, or list them."""


@topics.command()
@broker_option
@click.option(
    "--partitions",
    type=click.IntRange(1),
    help="Partitions of each stage topic.  [default: WIREROOM_PARTITIONS or 4]",
)
@click.option(
    "--label",
    "labels",
    metavar="LABEL",
    multiple=True,
    help="Create this label's topic; repeatable.  [default: all]",
)
def create(broker: str | None, partitions: int | None, labels: tuple[str, ...]) -> None:
    """Create the missing topics.

    The output is the outcome for each topic. An existing topic keeps its configuration. It gets more
    partitions if it has fewer than --partitions.

    \b
    Example: wireroom topics create --partitions 8
    """
    from streams.kafka.admin import create_topics
    from streams.kafka.connection import Connection
    from streams.provisioning import wire_topics

    settings = Settings()
    if partitions:
        settings = settings.model_copy(update={"partitions": partitions})
    connection = Connection.from_settings(settings, broker)
    outcomes = create_topics(connection, wire_topics(settings, labels), replication=settings.replication)
    for topic in outcomes:
        click.echo(f"{topic.name} {_outcome(topic)}")


@topics.command(name="list")
@broker_option
@json_lines_option
def list_(broker: str | None, as_json: bool) -> None:
    """List the topics under the prefix.

    Each has its partitions, replicas, retention, cleanup policy and the sum of its end offsets.

    \b
    Example: wireroom topics list --json
    """
    from streams.kafka.admin import list_topics
    from streams.kafka.connection import Connection
    from streams.kafka.offsets import end_offsets

    settings = Settings()
    connection = Connection.from_settings(settings, broker)
    states = list_topics(connection, f"{settings.topic_prefix}.")
    if not states:
        raise BrokerError(
            f"{connection.bootstrap} has no topics {settings.topic_prefix}.*; "
            "create them with `wireroom topics create`"
        )
    ends = Counter[str]()
    for partition, end in end_offsets(connection, [state.name for state in states]).items():
        ends[partition.topic] += end

    if as_json:
        for state in states:
            row = {
                "topic": state.name,
                "partitions": state.partitions,
                "replication": state.replication,
                "retention_ms": state.retention_ms,
                "cleanup_policy": state.cleanup_policy,
                "max_message_bytes": state.max_message_bytes,
                "end_offset": ends[state.name],
            }
            click.echo(json.dumps(row))
        return

    _print_table(states, ends)


def _print_table(states: list[TopicState], ends: Counter[str]) -> None:
    """Print a row for each topic. No cell is ever cut or wrapped, because people copy the names."""
    headings = ("topic", "partitions", "copies", "retention", "cleanup", "end offset")
    rows = [
        (
            state.name,
            str(state.partitions),
            str(state.replication),
            _days(state),
            state.cleanup_policy,
            f"{ends[state.name]:,}",
        )
        for state in states
    ]
    table = plain_table()
    for heading, cells in zip(headings, zip(*rows, strict=True), strict=True):
        justify: Literal["left", "right"] = "left" if heading in ("topic", "cleanup") else "right"
        table.add_column(heading, justify=justify, no_wrap=True, min_width=max(map(len, (heading, *cells))))
    for row in rows:
        table.add_row(*row)
    Console(highlight=False).print(table, crop=False)


def _outcome(topic: TopicOutcome) -> str:
    """Return the rest of the line that begins with the topic's name."""
    added = f"got {plural(topic.added_partitions, 'more partition')}" if topic.added_partitions else ""
    if not topic.differences:
        return added or topic.outcome
    differs = f"differs from the settings: {', '.join(topic.differences)}"
    return f"{added} and {differs}" if added else differs


def _days(state: TopicState) -> str:
    """Return how long records are kept; a compacted topic keeps the latest record of each key forever."""
    if state.cleanup_policy == "compact" or state.retention_ms < 0:
        return "forever"
    return f"{state.retention_ms / DAY_MS:g} days"
