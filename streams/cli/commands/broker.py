"""`wireroom broker`: a Kafka broker in the foreground."""

from __future__ import annotations

import signal
from pathlib import Path
from types import FrameType

import click

from streams.errors import BrokerError
from streams.settings import Settings

DEFAULT_PORT = 9092


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=DEFAULT_PORT,
    show_default=True,
    help="0 takes a free one.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of topics and records.  [default: broker/ in WIREROOM_DATA]",
)
def broker(port: int, data: Path | None) -> None:
    """Run Apache Kafka on this machine, until ctrl-C or SIGTERM; print its address when it is ready.

    Needs neither Docker nor Java. The first start downloads Kafka (45 MB). Records stay in the data folder.

    \b
    Example: wireroom broker --port 9092
    """
    from streams.broker import ArchiveRecorder, EmbeddedBroker

    settings = Settings()
    signal.signal(signal.SIGTERM, _interrupt)
    click.echo("starting Apache Kafka, ctrl-C stops it", err=True)
    try:
        with (
            EmbeddedBroker(data or settings.data / "broker", port or None, cache=settings.data) as kafka,
            ArchiveRecorder(settings.data),
        ):
            click.echo(kafka.bootstrap)
            kafka.wait()
            raise BrokerError(f"Kafka ended by itself: {kafka.log_tail()}; see {kafka.log}")
    except KeyboardInterrupt:
        click.echo("stopped", err=True)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
