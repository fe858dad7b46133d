"""`wireroom demo`: the whole pipeline on this machine, in one command."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from importlib import resources
from pathlib import Path

import click

from producers import publish
from streams.cli.input import Reading, paths_argument
from streams.cli.output import Page, error_console
from streams.cli.render.article import block
from streams.errors import WireroomError
from streams.events import RawArticle
from streams.kafka.admin import create_topics
from streams.kafka.connection import Connection
from streams.provisioning import wire_topics
from streams.settings import Settings
from streams.subscribers import records
from streams.wording import plural

WORKER_STOP_SECONDS = 10
PATIENCE_SECONDS = 120.0
WAIT_SECONDS = "300"  # the first start downloads Kafka
LOG_LINES = 5


@click.command()
@paths_argument(required=False)
@click.option("--full", is_flag=True, help="Print whole texts, not only their openings and the evidence.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON Lines instead of readable blocks.")
@click.option("--web", "with_page", is_flag=True, help="Then open the live page, until Ctrl-C.")
def demo(paths: tuple[Path, ...], full: bool, as_json: bool, with_page: bool) -> None:
    """Show the whole pipeline with sample articles on this machine.

    It starts Apache Kafka and a worker, publishes the sample articles, or those in each PATH, prints them
    enriched, and stops. It needs neither Docker nor Java; the first run downloads Kafka (45 MB). Only the
    download stays on disk.

    \b
    Example: wireroom demo
    """
    from streams.broker import EmbeddedBroker

    report, err, settings = _Timeline(), error_console(), Settings()
    articles = list(_articles(paths or (seeds(),), settings.max_article_bytes))
    if not articles:
        raise WireroomError("there is nothing to publish; name files or folders with articles")
    with tempfile.TemporaryDirectory(prefix="wireroom-demo-") as folder, contextlib.ExitStack() as running:
        kafka = EmbeddedBroker(Path(folder) / "broker", cache=settings.data)
        own = {"broker": kafka.bootstrap, "group": "demo", "security_protocol": "PLAINTEXT"}
        settings = settings.model_copy(update=own)
        log = Path(folder) / "worker.log"
        report("starting Apache Kafka and a worker with four stages")
        worker = _start_worker(settings, log)  # it loads its models while Kafka starts
        running.callback(_stop, worker)
        running.enter_context(kafka)
        running.callback(_stop, worker)  # before Kafka, if both run
        create_topics(Connection.from_settings(settings), wire_topics(settings))
        report(f"Apache Kafka is ready at {kafka.bootstrap}")
        published = publish(articles, settings=settings)
        topics = settings.topics
        report(f"published {plural(published, 'article')} to {topics.raw}, following {topics.enriched}")
        printed = _print_enriched(settings, published, worker, report, full=full, as_json=as_json)
        if printed < published:
            last_lines = log.read_text(errors="replace").splitlines()[-LOG_LINES:]
            state = "is running" if worker.poll() is None else f"exited with {worker.returncode}"
            raise WireroomError(
                f"only {printed} of {published} articles came out; the worker {state}: "
                f"{' / '.join(last_lines)}"
            )
        report(f"{plural(printed, 'article')} enriched{'' if with_page else '; stopping'}")
        if with_page:
            _serve_page(settings, report)
    if err.is_terminal:
        err.print("your own: wireroom demo ARTICLE.txt   as a service: docker compose up -d", style="dim")


def seeds() -> Path:
    """Return the folder of sample articles: in the installed package, or beside it in a checkout."""
    packaged = Path(str(resources.files("streams") / "seeds"))
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "seeds"


def _articles(paths: tuple[Path, ...], max_article_bytes: int) -> Iterator[RawArticle]:
    reading = Reading(paths, error_console(), max_article_bytes=max_article_bytes)
    yield from (sourced.article for sourced in reading)


def _print_enriched(
    settings: Settings,
    count: int,
    worker: subprocess.Popen[bytes],
    report: Callable[[str], None],
    *,
    full: bool,
    as_json: bool,
) -> int:
    """Print the first `count` enriched articles while `worker` runs, and return how many came."""
    page, printed = Page(), 0
    with records(
        settings.topics.enriched,
        settings=settings,
        beginning=True,
        max_events=count,
        idle_seconds=PATIENCE_SECONDS,
    ) as subscription:
        subscription.go_on = lambda: worker.poll() is None
        for record in subscription:
            if printed == 0:
                report("the first enriched article")
            printed += 1
            if as_json and record.value is not None:
                click.echo(record.value.decode())
            else:
                page.show(block(record.event(), full=full))
    return printed


def _serve_page(settings: Settings, report: Callable[[str], None]) -> None:
    """Serve the live page until Ctrl-C, on another port if its own is taken, and open it in a browser."""
    from streams.cli.commands.web import announce, web_options
    from streams.web.run import run

    options = web_options(settings)
    with contextlib.closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(options.listen)
        except OSError:
            options = replace(options, listen=options.listen._replace(port=0))
    run(options, partial(announce, token=options.token, opens=True))
    report("stopping")


def _start_worker(settings: Settings, log: Path) -> subprocess.Popen[bytes]:
    """Start a worker with `settings` that waits for the broker and logs to `log`."""
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
    """Stop `process` in order, or kill it if that takes too long; do nothing if it has ended."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(WORKER_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class _Timeline:
    """Prints each event to standard error with the seconds since the command began."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def __call__(self, event: str) -> None:
        click.echo(f"{time.monotonic() - self._began:5.1f} s  {event}", err=True)
