"""`wireroom worker`."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from functools import partial

import click

from streams.cli.options import broker_option
from streams.enrich import STAGES
from streams.errors import AccessRefused, BrokerError
from streams.kafka.connection import Connection
from streams.provisioning import missing_topics
from streams.settings import Settings

POLL_SECONDS = 0.2


@click.command()
@click.option(
    "--stage",
    "stages",
    type=click.Choice(STAGES),
    multiple=True,
    help="Run this stage alone; may be given again.  [default: all]",
)
@broker_option
@click.option(
    "--wait",
    type=click.FloatRange(0),
    default=0.0,
    metavar="SECONDS",
    help="Wait so long for the broker and its topics.  [default: not at all]",
)
@click.option(
    "--log-level", type=click.Choice(["DEBUG", "INFO", "WARNING", "ERROR"]), default="INFO", show_default=True
)
def worker(stages: tuple[str, ...], broker: str | None, wait: float, log_level: str) -> None:
    """Run a worker until it is told to stop: it finishes the batch in hand, then exits 0.

    Several workers share the partitions; each stage can be deployed alone.

    \b
    Example:
      wireroom worker --stage entities
    """
    from streams.app import run_worker  # Faust takes half a second to import

    settings = Settings() if broker is None else Settings(broker=broker)
    wanted = stages or STAGES
    check = partial(wait_for_topics, settings, wanted, wait)
    sys.exit(run_worker(settings, wanted, log_level=log_level, check=check))


def wait_for_topics(settings: Settings, stages: Sequence[str], seconds: float) -> None:
    """Return once the topics of STAGES exist; raises BrokerError when they do not within SECONDS."""
    deadline = time.monotonic() + seconds
    connection = Connection.from_settings(settings)
    while True:
        try:
            missing = missing_topics(connection, settings, stages)
            if not missing:
                return
            names = ", ".join(missing)
            problem = f"{settings.broker} has no topic {names}: create them with `wireroom topics create`"
        except AccessRefused:
            raise
        except BrokerError as error:
            problem = str(error)
        if time.monotonic() >= deadline:
            raise BrokerError(problem)
        time.sleep(POLL_SECONDS)
