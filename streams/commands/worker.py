"""`wireroom worker`."""

from __future__ import annotations

import sys

import click

from streams.admin import missing_topics
from streams.commands.options import broker_option
from streams.enrich import STAGES
from streams.errors import BrokerError
from streams.settings import Settings


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
    "--log-level", type=click.Choice(["DEBUG", "INFO", "WARNING", "ERROR"]), default="INFO", show_default=True
)
def worker(stages: tuple[str, ...], broker: str | None, log_level: str) -> None:
    """Run a worker until it is told to stop: it finishes the batch in hand, then exits 0.

    Several workers share the partitions; each stage can be deployed alone.

    \b
    Example:
      wireroom worker --stage entities
    """
    from streams.worker import run_worker  # Faust takes half a second to import

    settings = Settings() if broker is None else Settings(broker=broker)
    wanted = stages or STAGES
    missing = missing_topics(settings, wanted)
    if missing:
        raise BrokerError(
            f"{settings.broker} has no topic {', '.join(missing)}: create them with `wireroom topics create`"
        )
    sys.exit(run_worker(settings, wanted, log_level=log_level))
