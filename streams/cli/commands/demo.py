"""`wireroom demo`: the whole wire on this machine, in one command."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import click

from producers import publish
from streams.cli.input import Reading, paths_argument
from streams.cli.output import Page, remarks
from streams.cli.render import block
from streams.errors import WireroomError
from streams.events import RawArticle
from streams.kafka.admin import create_topics
from streams.kafka.connection import Connection
from streams.provisioning import wire_topics
from streams.settings import Settings
from streams.subscribers import records

WORKER_STOP_SECONDS = 10
PATIENCE_SECONDS = 120.0
WAIT_SECONDS = "300"  # a first start downloads Kafka
LOG_LINES = 5


@click.command()
@paths_argument(required=False)
@click.option("--full", is_flag=True, help="Show whole texts, not only their openings and the evidence.")
@click.option("--json", "as_json", is_flag=True, help="JSON Lines instead of blocks.")
def demo(paths: tuple[Path, ...], full: bool, as_json: bool) -> None:
    """Start a broker and a worker, publish the sample articles or PATH..., show what becomes of them.

    Needs neither Docker nor Java; the first run downloads Apache Kafka (45 MB). Nothing is left behind.

    \b
    Example: wireroom demo
    """
    from streams.broker import EmbeddedBroker

    say, err = _Story(), remarks()
    with tempfile.TemporaryDirectory(prefix="wireroom-demo-") as folder, contextlib.ExitStack() as running:
        articles = list(_articles(paths or (seeds(),)))
        if not articles:
            raise WireroomError("nothing to publish: name files or folders with articles")
        kafka = EmbeddedBroker(Path(folder) / "broker", cache=Settings().data)
        settings = Settings(broker=kafka.bootstrap, group="demo", security_protocol="PLAINTEXT")
        log = Path(folder) / "worker.log"
        say("starting Apache Kafka and a worker with three stages")
        worker = _start_worker(settings, log)  # loads its models while Kafka comes up
        running.callback(_stop, worker)
        running.enter_context(kafka)
        running.callback(_stop, worker)  # before Kafka, when both run
        create_topics(Connection.from_settings(settings), wire_topics(settings))
        say(f"Apache Kafka answers at {kafka.bootstrap}")
        count = publish(articles, settings=settings)
        say(f"{count} articles published to {settings.topics.raw}, following {settings.topics.enriched}")
        page, shown = Page(), 0
        with records(
            settings.topics.enriched,
            settings=settings,
            beginning=True,
            max_events=count,
            idle_seconds=PATIENCE_SECONDS,
        ) as subscription:
            subscription.go_on = lambda: worker.poll() is None
            for record in subscription:
                if shown == 0:
                    say("the first enriched article")
                shown += 1
                if as_json and record.value is not None:
                    click.echo(record.value.decode())
                else:
                    page.show(block(record.event(), full=full))
        if shown < count:
            tail = log.read_text(errors="replace").splitlines()[-LOG_LINES:]
            state = "runs" if worker.poll() is None else f"ended with {worker.returncode}"
            raise WireroomError(
                f"{shown} of {count} articles came out; the worker {state}: {' / '.join(tail)}"
            )
        say(f"{shown} articles enriched; stopping")
    if err.is_terminal:
        err.print("your own: wireroom demo ARTICLE.txt   as a service: docker compose up -d", style="dim")


def seeds() -> Path:
    """The sample articles: in the package when installed, beside it in a checkout."""
    packaged = Path(str(resources.files("streams") / "seeds"))
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "seeds"


def _articles(paths: tuple[Path, ...]) -> Iterator[RawArticle]:
    reading = Reading(paths, remarks(), max_article_bytes=Settings().max_article_bytes, publisher=None)
    yield from (sourced.article for sourced in reading)


def _start_worker(settings: Settings, log: Path) -> subprocess.Popen[bytes]:
    """A worker process with SETTINGS that waits for the broker, its log in LOG."""
    environment = {
        **os.environ,
        "WIREROOM_BROKER": settings.broker,
        "WIREROOM_GROUP": settings.group,
        "WIREROOM_SECURITY_PROTOCOL": settings.security_protocol,
    }
    command = [sys.executable, "-c", "from streams.cli import main; main()", "worker", "--wait", WAIT_SECONDS]
    with log.open("wb") as output:
        return subprocess.Popen(command, env=environment, stdout=output, stderr=output)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End PROCESS in order, or by force when that takes too long; again is no harm."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(WORKER_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class _Story:
    """What happens and when, on standard error, in seconds since the command began."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def __call__(self, what: str) -> None:
        click.echo(f"{time.monotonic() - self._began:5.1f} s  {what}", err=True)
