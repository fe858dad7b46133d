"""Time a trace and a count of the lag: `python -m tests.benchmarks.tracing`.

An embedded broker gets as many records as asked for, a quarter of them on each stage topic with its four
partitions, as whole articles of 4 to 6 KB, over six days and in transactions, as workers write them. A trace
of the first article reads a partition of each topic from its beginning; one of the last article reads that of
news.raw alone. The figures are of a fresh process each: median, least and most of the wall time, and the
median CPU time of that process.
"""

from __future__ import annotations

import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
from kafka import KafkaProducer

from streams.broker import EmbeddedBroker
from streams.kafka.admin import create_topics
from streams.kafka.connection import Connection
from streams.provisioning import wire_topics
from streams.settings import Settings

BODY = "Talks between Norway and Chile went on in Santiago, the ministry said. " * 55
ENTITY = '{"id":"0123456789abcdef","type":"LOC","name":"Norway","salience":0.5,"count":1,"mentions":[]},'
DAYS_MS = 6 * 86_400_000  # less than the retention


@click.command()
@click.option("--records", default=100_000, show_default=True, help="Records on the four stage topics.")
@click.option("--per-transaction", default=10, show_default=True, help="Articles in one transaction.")
@click.option("--rounds", default=7, show_default=True, help="Runs of each command.")
def main(records: int, per_transaction: int, rounds: int) -> None:
    """Fill the topics, and time both commands."""
    with (
        tempfile.TemporaryDirectory() as folder,
        EmbeddedBroker(Path(folder), cache=Settings().data) as broker,
    ):
        settings = Settings(broker=broker.bootstrap, security_protocol="PLAINTEXT")
        create_topics(Connection.from_settings(settings), wire_topics(settings))
        keys = [random.randbytes(16).hex() for _ in range(max(3, records // 4))]
        size = _fill(settings, keys, per_transaction)
        topics = len(settings.topics.stages())
        click.echo(f"{len(keys) * topics:,} records on {topics} topics, {size / 1e6:,.0f} MB")
        environment = {**os.environ, "WIREROOM_BROKER": broker.bootstrap}
        commands = {
            "--version": ["--version"],
            "trace, first article": ["trace", keys[0]],
            "trace, article in the middle": ["trace", keys[len(keys) // 2]],
            "trace, last article": ["trace", keys[-1]],
            "lag": ["lag"],
        }
        for name, words in commands.items():
            walls, cpus = zip(*(_timed(words, environment) for _ in range(rounds)), strict=True)
            click.echo(
                f"wireroom {name:30} {statistics.median(walls):.2f} s, {min(walls):.2f} to {max(walls):.2f}; "
                f"CPU {statistics.median(cpus):.2f} s"
            )


def _fill(settings: Settings, keys: list[str], per_transaction: int) -> int:
    """Write an article for each of `keys` to every stage topic, and return their size in bytes."""
    extras = ("", "", ENTITY * 15, ENTITY * 15)
    size = 0
    began = int(time.time() * 1000) - DAYS_MS
    with KafkaProducer(
        bootstrap_servers=settings.broker, transactional_id="fill", linger_ms=20, batch_size=262_144
    ) as producer:
        producer.init_transactions()
        for at in range(0, len(keys), per_transaction):
            producer.begin_transaction()
            for number, key in enumerate(keys[at : at + per_transaction], at):
                published = began + number * DAYS_MS // len(keys)
                for seconds, (topic, extra) in enumerate(zip(settings.topics.stages(), extras, strict=True)):
                    value = f'{{"article_id":"{key}","text":"{BODY}","entities":[{extra}]}}'.encode()
                    producer.send(
                        topic,
                        value,
                        key=key.encode(),
                        headers=[("ce_id", key.encode())],
                        timestamp_ms=published + seconds * 1000,
                    )
                    size += len(value)
            producer.commit_transaction()
    return size


def _timed(words: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Return the wall and the CPU time of `wireroom` with `words`."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    command = [sys.executable, "-m", "streams", *words]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
