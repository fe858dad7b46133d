"""The tools of broker tests: topics of their own, worker processes, and readers with a deadline."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psutil
from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from streams.kafka.connection import Connection
from streams.settings import Settings
from streams.topics import Topics

PATIENCE = 45.0
"""Seconds until an awaited event must have happened; only a failing test waits that long."""


Seen = TypeVar("Seen")


@dataclass(frozen=True)
class Wire:
    """Topics under their own prefix, and their own group: tests on one broker do not disturb each other."""

    bootstrap: str
    prefix: str
    group: str

    @property
    def topics(self) -> Topics:
        """The topic names."""
        return Topics(self.prefix)

    @property
    def connection(self) -> Connection:
        """The connection to the broker."""
        return Connection(self.bootstrap)

    @property
    def settings(self) -> Settings:
        """The settings for these topics, whatever the environment says."""
        return Settings(
            broker=self.bootstrap,
            security_protocol="PLAINTEXT",
            topic_prefix=self.prefix,
            group=self.group,
        )

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a process on these topics; Wireroom's other variables are left out."""
        inherited = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith("WIREROOM_") or key == "WIREROOM_DATA"
        }
        return {
            **inherited,
            "WIREROOM_BROKER": self.bootstrap,
            "WIREROOM_SECURITY_PROTOCOL": "PLAINTEXT",
            "WIREROOM_TOPIC_PREFIX": self.prefix,
            "WIREROOM_GROUP": self.group,
        }

    def read_until(
        self, topic: str, key: bytes, *, isolation: str = "read_committed", timeout: float = PATIENCE
    ) -> ConsumerRecord:
        """Return the first record of `topic` with `key`. Fails if it has not come after `timeout` seconds."""
        keys = []
        with _reading(self.bootstrap, topic, isolation) as consumer:
            deadline = time.monotonic() + timeout
            while time.monotonic() < deadline:
                for record in _polled(consumer):
                    if record.key == key:
                        return record
                    keys.append(record.key)
        raise AssertionError(f"{topic} has no {key!r} after {timeout:.0f} s; it has {len(keys)}: {keys[:10]}")

    def read_count(
        self, topic: str, count: int, *, isolation: str = "read_committed", timeout: float = PATIENCE
    ) -> list[ConsumerRecord]:
        """Return at least `count` records of `topic`, in order per partition. Fails after `timeout`."""
        records: list[ConsumerRecord] = []
        with _reading(self.bootstrap, topic, isolation) as consumer:
            deadline = time.monotonic() + timeout
            while len(records) < count:
                if time.monotonic() > deadline:
                    raise AssertionError(f"{topic} has {len(records)} of {count} after {timeout:.0f} s")
                records += _polled(consumer)
        return sorted(records, key=_place)

    def read_all(
        self, topic: str, isolation: str = "read_committed", timeout: float = PATIENCE
    ) -> list[ConsumerRecord]:
        """Return every record of `topic` up to its present end, in order per partition.

        With `read_uncommitted`, records of aborted and open transactions come too.
        """
        records: list[ConsumerRecord] = []
        with _reading(self.bootstrap, topic, isolation) as consumer:
            ends = consumer.end_offsets(list(consumer.assignment()))
            deadline = time.monotonic() + timeout
            while any(consumer.position(partition) < end for partition, end in ends.items()):
                if time.monotonic() > deadline:
                    raise AssertionError(f"{topic} was not read to its end {ends} in {timeout:.0f} s")
                records += _polled(consumer)
        return sorted(
            (
                record
                for record in records
                if record.offset < ends[TopicPartition(record.topic, record.partition)]
            ),
            key=_place,
        )


class Worker:
    """A `wireroom worker` process, which writes its output to `log`."""

    def __init__(self, environment: dict[str, str], stages: Sequence[str], log: Path) -> None:
        self.log = log
        arguments = [argument for stage in stages for argument in ("--stage", stage)]
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [wireroom(), "worker", *arguments], env=environment, stdout=output, stderr=output
            )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """True while the process runs."""
        return self._process.poll() is None

    @property
    def stands_still(self) -> bool:
        """True if a signal has stopped the process."""
        return psutil.Process(self.pid).status() == psutil.STATUS_STOPPED

    def wait(self, timeout: float = PATIENCE) -> int:
        """Return the exit status. Fails with the end of the log if the process does not end."""
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"worker {self.pid} did not end in {timeout:.0f} s\n{self.tail()}") from None

    def stop(self, timeout: float = PATIENCE) -> int:
        """Send SIGTERM and return the exit status."""
        self.send(signal.SIGTERM)
        return self.wait(timeout)

    def kill(self) -> int:
        """Send SIGKILL and return the exit status."""
        self.send(signal.SIGKILL)
        return self.wait()

    def send(self, number: signal.Signals) -> None:
        """Send the signal `number` if the process runs."""
        if self.running:
            self._process.send_signal(number)

    def end(self) -> None:
        """End the process: continue it if it is paused, stop it in order, and kill it after 15 s."""
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self.kill()

    def tail(self, lines: int = 40) -> str:
        """Return the end of the log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def wireroom() -> str:
    """Return the path of the `wireroom` command beside the Python that runs the tests."""
    return str(Path(sys.executable).with_name("wireroom"))


@contextmanager
def _reading(bootstrap: str, topic: str, isolation: str) -> Iterator[KafkaConsumer]:
    """Yield a consumer of all partitions of `topic` from the beginning, without a group."""
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap.split(","),
        isolation_level=isolation,
        enable_auto_commit=False,
        group_id=None,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=100,
        max_partition_fetch_bytes=8 * 1024 * 1024,
    )
    try:
        numbers = wait_until(lambda: consumer.partitions_for_topic(topic), f"topic {topic} exists")
        partitions = [TopicPartition(topic, number) for number in sorted(numbers)]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        yield consumer
    finally:
        consumer.close()


def _polled(consumer: KafkaConsumer) -> list[ConsumerRecord]:
    return [record for batch in consumer.poll(timeout_ms=200).values() for record in batch]


def _place(record: ConsumerRecord) -> tuple[int, int]:
    return record.partition, record.offset


def wait_until(look: Callable[[], Seen], event: str, timeout: float = PATIENCE) -> Seen:
    """Return the first true result of `look`. Fails after `timeout` seconds and names the missing `event`."""
    deadline = time.monotonic() + timeout
    while not (seen := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not in {timeout:.0f} s: {event}")
        time.sleep(0.05)
    return seen
