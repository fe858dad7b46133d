"""`wireroom trace`: where an article went, when, and what it waits for."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from streams.cli.options import broker_option, json_lines_option
from streams.cli.render.terminal import printable
from streams.cli.tables import echo_table
from streams.headers import rfc3339
from streams.settings import Settings
from streams.wording import plural

if TYPE_CHECKING:
    from streams.jobs.trace import Death, Step


@click.command()
@click.argument("article", metavar="ARTICLE|URL")
@click.option(
    "--all",
    "everywhere",
    is_flag=True,
    help="Read every partition: for articles from before partitions were added.",
)
@json_lines_option
@broker_option
def trace(article: str, everywhere: bool, as_json: bool, broker: str | None) -> None:
    """Show where an article went, and when.

    Each record of the article has a line: its topic, partition, offset and time, the seconds since the record
    before it, its labels, the reason of a dead letter and its replays, and the stage for which it waits. An
    article is found by its id, or by its URL if it was published without an id.

    \b
    Example: wireroom trace https://www.example.com/summit
    """
    from streams.cli.allocation import keep_freed_memory
    from streams.jobs.trace import trace as trace_article
    from streams.kafka.connection import Connection

    article = article.encode("utf-8", "replace").decode()  # a shell can pass any bytes
    if not article.strip():
        raise click.UsageError("ARTICLE is empty; give the id or the URL of an article")
    settings = Settings()
    keep_freed_memory()
    traced = trace_article(
        Connection.from_settings(settings, broker),
        settings.topics,
        settings.group,
        article,
        everywhere=everywhere,
    )
    if as_json:
        for step in traced.steps:
            click.echo(json.dumps({"article_id": traced.article_id, **_as_json(step)}))
        return
    click.echo(printable(f"article {traced.article_id}"))
    echo_table(
        ("topic", "partition", "offset", "time", "seconds", ""),
        list(map(_row, traced.steps)),
        right=("partition", "offset", "seconds"),
    )


def _as_json(step: Step) -> dict[str, Any]:
    labels = None if step.labels is None else [{"label": k, "score": v} for k, v in step.labels.items()]
    death = step.death
    return {
        "topic": step.topic,
        "partition": step.partition,
        "offset": step.offset,
        "time": _time(step.timestamp),
        "seconds": step.seconds,
        "event_id": step.event_id,
        "publisher": step.publisher,
        "labels": labels,
        "tombstone": step.is_tombstone,
        "replays": step.replays,
        "reason": death and death.reason,
        "message": death and death.message,
        "stage": death and death.stage,
        "replayed_at": death and death.replayed_at,
        "waiting_for": step.waiting_for,
        "ahead": step.ahead,
    }


def _row(step: Step) -> tuple[str, ...]:
    seconds = "" if step.seconds is None else f"{step.seconds:+,.3f}"
    facts = printable("; ".join(_facts(step)).replace("\n", " "))
    time = _time(step.timestamp)
    return step.topic, str(step.partition), str(step.offset), time, seconds, facts


def _facts(step: Step) -> list[str]:
    """Return what is worth knowing about the record beside its place and time."""
    facts = []
    if step.publisher:
        facts.append(f"published by {step.publisher}")
    if step.labels is not None:
        labels = ", ".join(f"{label} {score:.2f}" for label, score in step.labels.items())
        facts.append(f"labels: {labels}" if labels else "no label")
    if step.is_tombstone:
        facts.append("tombstone")
    if step.replays:
        facts.append(f"after {plural(step.replays, 'replay')}")
    if step.death:
        facts += _death(step.death)
    if step.waiting_for:
        ahead = f", behind {plural(step.ahead, 'record', ',')}" if step.ahead else ""
        facts.append(f"waits for {step.waiting_for}{ahead}")
    return facts


def _death(death: Death) -> list[str]:
    reason = f"{death.reason}: {death.message}" if death.message else death.reason
    open_ = f"replayed at {death.replayed_at}" if death.replayed_at else "open"
    return [f"died in {death.stage}, {reason}", open_]


def _time(timestamp: int) -> str:
    """Return `timestamp`, in milliseconds since the epoch, as RFC 3339, unless no calendar has it."""
    try:
        return rfc3339(datetime.fromtimestamp(timestamp / 1000, UTC))
    except (OverflowError, ValueError):
        return f"{timestamp} ms"
