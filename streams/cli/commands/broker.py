"""`wireroom broker`: run a Kafka broker in the foreground."""

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
    help="Port to listen on; 0 takes a free one.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for topics and records.  [default: broker/ in WIREROOM_DATA]",
)
def broker(port: int, data: Path | None) -> None:
    """Run Apache Kafka on this machine until Ctrl-C or SIGTERM.

    It prints its address when it is ready. It needs neither Docker nor Java; the first start downloads Kafka
    (45 MB). Records stay in the data folder.

    \b
    Example: wireroom broker --port 9092
    """
    from streams.broker import ArchiveRecorder, EmbeddedBroker

    settings = Settings()
    signal.signal(signal.SIGTERM, _interrupt)
    click.echo("starting Apache Kafka; Ctrl-C stops it", err=True)
    try:
        with (
            EmbeddedBroker(data or settings.data / "broker", port or None, cache=settings.data) as kafka,
            ArchiveRecorder(settings.data),
        ):
            click.echo(kafka.bootstrap)
            kafka.wait()
            raise BrokerError(f"Kafka stopped unexpectedly: {kafka.log_tail()}; see {kafka.log}")
    except KeyboardInterrupt:
        click.echo("stopped", err=True)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
