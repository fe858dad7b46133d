"""`wireroom lag`: how many records wait for each stage."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from streams.cli.options import broker_option, json_lines_option
from streams.cli.tables import echo_table
from streams.errors import AccessRefused, BrokerError, WireroomError
from streams.settings import Settings
from streams.wording import plural

if TYPE_CHECKING:
    from streams.kafka.lag import PartitionLag

WATCH_SECONDS = 2.0


@click.command()
@json_lines_option
@click.option("--watch", is_flag=True, help="Print it again every two seconds, until Ctrl-C.")
@click.option(
    "--max",
    "limit",
    type=click.IntRange(0),
    metavar="N",
    help="Exit with 1 if more than N records wait in a partition.",
)
@broker_option
def lag(as_json: bool, watch: bool, limit: int | None, broker: str | None) -> None:
    """Print how many records wait for each stage.

    Each partition has a line, with the records that the group can read and has not finished. Markers of
    transactions and aborted records do not count, so an idle wire has a lag of 0. A large lag is an estimate,
    marked with ~.

    \b
    Example: wireroom lag --max 1000
    """
    from streams.cli.allocation import keep_freed_memory
    from streams.kafka.connection import Connection
    from streams.kafka.lag import lag as read_lag

    settings = Settings()
    keep_freed_memory()
    connection = Connection.from_settings(settings, broker)
    stages = settings.topics.inputs()

    def read() -> list[PartitionLag]:
        lags = read_lag(connection, settings.group, stages)
        return sorted(lags, key=lambda each: list(stages).index(each.partition.topic))

    def show(lags: Sequence[PartitionLag]) -> None:
        rows = [_row(stages[each.partition.topic], each, time.time()) for each in lags]
        if as_json:
            for row in rows:
                click.echo(json.dumps(row))
        else:
            headings = ("stage", "topic", "partition", "lag", "seconds")
            echo_table(headings, list(map(_cells, rows)), right=headings[2:])
        _check(lags, settings.group, limit)

    if watch:
        _watch(read, show, click.clear if _is_terminal() and not as_json else lambda: None)
    else:
        show(read())


def _watch(
    read: Callable[[], list[PartitionLag]],
    show: Callable[[Sequence[PartitionLag]], None],
    clear: Callable[[], None],
) -> None:
    """Read and show until Ctrl-C; a broker that is away after the first reading is waited for."""
    seen = False
    try:
        while True:
            try:
                lags = read()
            except AccessRefused:
                raise
            except BrokerError as error:
                if not seen:
                    raise
                click.echo(f"wireroom: {error}", err=True)
            else:
                seen = True
                clear()
                show(lags)
            time.sleep(WATCH_SECONDS)
    except KeyboardInterrupt:
        pass


def _check(lags: Sequence[PartitionLag], group: str, limit: int | None) -> None:
    """Note a group that has never worked; raise WireroomError if a lag is beyond `limit`."""
    if all(each.committed is None for each in lags):
        click.echo(
            f"wireroom: group {group} has finished nothing yet, so every record waits; "
            "start a worker with `wireroom worker`",
            err=True,
        )
    if limit is None:
        return
    if beyond := [each for each in lags if each.records > limit]:
        worst = max(beyond, key=lambda each: each.records)
        raise WireroomError(
            f"the lag is above {limit:,} in {len(beyond)} of {plural(len(lags), 'partition')}, and largest "
            f"in {worst.partition.topic}-{worst.partition.partition}: {worst.records:,}; "
            "start more workers, or look for the reason with `wireroom doctor`"
        )


def _row(stage: str, each: PartitionLag, now: float) -> dict[str, Any]:
    """Return the facts about a partition; `seconds` is how long its first record has waited."""
    seconds = 0.0 if each.oldest is None else max(0.0, now - each.oldest / 1000)
    return {
        "stage": stage,
        "topic": each.partition.topic,
        "partition": each.partition.partition,
        "lag": each.records,
        "exact": each.is_exact,
        "seconds": round(seconds, 3),
        "committed": each.committed,
        "end": each.end,
    }


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    about = "" if row["exact"] else "~"
    seconds = f"{row['seconds']:,.1f}" if row["lag"] else "-"
    return row["stage"], row["topic"], str(row["partition"]), f"{about}{row['lag']:,}", seconds


def _is_terminal() -> bool:
    return click.get_text_stream("stdout").isatty()
