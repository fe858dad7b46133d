"""What broker tests hold in their hands: a wire of their own, worker processes, readers with a deadline."""

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
"""Seconds within which what a test waits for must have happened; only a failing test waits so long."""


Seen = TypeVar("Seen")


@dataclass(frozen=True)
class Wire:
    """Topics under a prefix of their own, and a group of their own: tests that run together do not meet."""

    bootstrap: str
    prefix: str
    group: str

    @property
    def topics(self) -> Topics:
        """The topic names."""
        return Topics(self.prefix)

    @property
    def connection(self) -> Connection:
        """How to reach the broker."""
        return Connection(self.bootstrap)

    @property
    def settings(self) -> Settings:
        """The settings that lead here, whatever the environment says."""
        return Settings(
            broker=self.bootstrap,
            security_protocol="PLAINTEXT",
            topic_prefix=self.prefix,
            group=self.group,
        )

    @property
    def environment(self) -> dict[str, str]:
        """Our environment with the settings that lead here; what else is set of Wireroom's is left out."""
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
        """The first record of TOPIC with KEY; fails when it has not come at the deadline."""
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
        """The first records of TOPIC, COUNT at least, per partition in order; fails at the deadline."""
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
        """Every record of TOPIC up to the end it had when asked, per partition in order.

        With `read_uncommitted` what was aborted or is still open comes too.
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
    """A `wireroom worker` process; its output goes to `log`."""

    def __init__(self, environment: dict[str, str], stages: Sequence[str], log: Path) -> None:
        self.log = log
        arguments = [argument for stage in stages for argument in ("--stage", stage)]
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [wireroom(), "worker", *arguments], env=environment, stdout=output, stderr=output
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it lives."""
        return self._process.poll() is None

    @property
    def stands_still(self) -> bool:
        """Whether a signal has stopped it."""
        return psutil.Process(self.pid).status() == psutil.STATUS_STOPPED

    def wait(self, timeout: float = PATIENCE) -> int:
        """Its exit status; fails with the end of its log when it does not end."""
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"worker {self.pid} did not end in {timeout:.0f} s\n{self.tail()}") from None

    def stop(self, timeout: float = PATIENCE) -> int:
        """SIGTERM, and its exit status."""
        self.send(signal.SIGTERM)
        return self.wait(timeout)

    def kill(self) -> int:
        """kill -9, and its exit status."""
        self.send(signal.SIGKILL)
        return self.wait()

    def send(self, number: signal.Signals) -> None:
        """Any other signal, such as SIGSTOP."""
        if self.running:
            self._process.send_signal(number)

    def end(self) -> None:
        """Be gone: in order if it can be, by force after 15 s. One that was paused is let go on first."""
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self.kill()

    def tail(self, lines: int = 40) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def wireroom() -> str:
    """Path of the `wireroom` command beside the Python that runs the tests."""
    return str(Path(sys.executable).with_name("wireroom"))


@contextmanager
def _reading(bootstrap: str, topic: str, isolation: str) -> Iterator[KafkaConsumer]:
    """A consumer of all partitions of TOPIC from the beginning, in no group."""
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


def wait_until(look: Callable[[], Seen], what: str, timeout: float = PATIENCE) -> Seen:
    """What LOOK returns once that is true; fails at the deadline, naming WHAT was waited for."""
    deadline = time.monotonic() + timeout
    while not (seen := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not in {timeout:.0f} s: {what}")
        time.sleep(0.05)
    return seen
