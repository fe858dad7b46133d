"""Time a trace and a count of the lag: `python -m tests.benchmarks.tracing`.

An embedded broker gets as many records as asked for, a quarter of them on each stage topic with its four
partitions, as whole articles of 4 to 6 KB. The figures are of a fresh process each: the median wall time, and
the CPU time of that process alone.
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
ROUNDS = 7


@click.command()
@click.option("--records", default=100_000, show_default=True, help="Records on the four stage topics.")
def main(records: int) -> None:
    """Fill the topics, and time both commands."""
    with (
        tempfile.TemporaryDirectory() as folder,
        EmbeddedBroker(Path(folder), cache=Settings().data) as broker,
    ):
        settings = Settings(broker=broker.bootstrap, security_protocol="PLAINTEXT")
        create_topics(Connection.from_settings(settings), wire_topics(settings))
        keys = [random.randbytes(16).hex() for _ in range(records // 4)]
        size = _fill(settings, keys)
        click.echo(f"{records:,} records on {len(settings.topics.stages())} topics, {size / 1e6:,.0f} MB")
        environment = {**os.environ, "WIREROOM_BROKER": broker.bootstrap}
        for words in (["trace", *random.sample(keys, 1)], ["lag"]):
            walls, cpus = zip(*(_timed(words, environment) for _ in range(ROUNDS)), strict=True)
            click.echo(
                f"wireroom {words[0]}: {statistics.median(walls):.2f} s, "
                f"{statistics.median(cpus):.2f} s of CPU time, {ROUNDS} rounds"
            )


def _fill(settings: Settings, keys: list[str]) -> int:
    """Write an article for each of `keys` to every stage topic, and return their size in bytes."""
    extras = ("", "", ENTITY * 15, ENTITY * 15)
    size = 0
    with KafkaProducer(bootstrap_servers=settings.broker, linger_ms=20, batch_size=262_144) as producer:
        for key in keys:
            for topic, extra in zip(settings.topics.stages(), extras, strict=True):
                value = f'{{"article_id":"{key}","text":"{BODY}","entities":[{extra}]}}'.encode()
                producer.send(topic, value, key=key.encode(), headers=[("ce_id", key.encode())])
                size += len(value)
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
