"""`wireroom worker`: run a worker."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Sequence
from functools import partial

import click

from streams.cli.options import SecondsParameter, broker_option
from streams.errors import AccessRefused, BrokerError, WireroomError
from streams.kafka.connection import Connection, topic_missing
from streams.provisioning import missing_topics
from streams.settings import Settings
from streams.topics import PIPELINE

log = logging.getLogger("wireroom.worker")

POLL_SECONDS = 0.2


@click.command()
@click.option(
    "--stage",
    "stages",
    type=click.Choice(PIPELINE),
    multiple=True,
    help="Run this stage; repeatable.  [default: all]",
)
@broker_option
@click.option(
    "--wait",
    type=SecondsParameter(),
    default=0.0,
    show_default=True,
    help="How long to wait for the broker and its topics.",
)
@click.option(
    "--log-level",
    type=click.Choice(["DEBUG", "INFO", "WARNING", "ERROR"]),
    default="INFO",
    show_default=True,
    help="Log lines of this level and above.",
)
def worker(stages: tuple[str, ...], broker: str | None, wait: float, log_level: str) -> None:
    """Run a worker until Ctrl-C or SIGTERM.

    A worker that is stopped finishes its current batch and exits with 0. Workers of one group share the
    partitions. Each stage can have workers of its own.

    \b
    Example: wireroom worker --stage entities
    """
    from streams.app import run_worker  # Faust takes half a second to import

    settings = Settings() if broker is None else Settings(broker=broker)
    wanted = stages or PIPELINE
    check = partial(wait_for_topics, settings, wanted, wait)
    try:
        code = run_worker(settings, wanted, log_level=log_level, check=check)
    except WireroomError as error:
        if settings.log_format == "text":
            raise
        log.critical("%s", error)  # a machine that reads the log gets the reason in its format
        code = 1
    sys.exit(code)


def wait_for_topics(settings: Settings, stages: Sequence[str], seconds: float) -> None:
    """Return once the topics of `stages` exist; raise BrokerError if they do not within `seconds`."""
    deadline = time.monotonic() + seconds
    connection = Connection.from_settings(settings)
    while True:
        try:
            missing = missing_topics(connection, settings, stages)
            if not missing:
                return
            problem = _missing(missing, settings.broker)
        except AccessRefused:
            raise
        except BrokerError as error:
            problem = str(error)
        if time.monotonic() >= deadline:
            raise BrokerError(problem)
        time.sleep(POLL_SECONDS)


def _missing(topics: Sequence[str], bootstrap: str) -> str:
    if len(topics) == 1:
        return str(topic_missing(topics[0], bootstrap))
    names = ", ".join(topics)
    return f"topics {names} do not exist at {bootstrap}: create them with `wireroom topics create`"
