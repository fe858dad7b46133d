"""Draws faults at random for a given time, and prints the outcome of the articles.

    python -m tests.faults.soak --minutes 30

The soak runs in rounds on one broker. Each round has its own topics, three workers and a number of faults,
and the checker inspects its result. The first violation ends the soak with exit code 1; the seed and the
number of the round replay it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from streams.broker import EmbeddedBroker
from streams.kafka.admin import create_topics, delete_topics
from streams.kafka.connection import Connection
from streams.provisioning import wire_topics
from streams.settings import Settings
from tests.broker.wire import Wire, Worker, wait_until
from tests.faults.flow import LABELS, draw_articles, pure_flow
from tests.faults.observer import PATIENCE, Run, intrude
from tests.faults.worker import POINTS

DEEDS = ("refuse in cleanup", "raise in entities", "raise in labels")

# The reasons for which a worker exits with 1 before it has read anything.
FAILED_STARTS = ("no Kafka broker at", "the broker at", "ended while it loaded its models")


@dataclass
class Round:
    """A run with its broker and its workers, and the faults that strike them."""

    run: Run
    broker: EmbeddedBroker
    drawn: random.Random
    workers: dict[str, Worker] = field(default_factory=dict)
    restarts: int = 0  # of workers that a fault struck while they started

    def start(self, name: str, fault: str | None = None) -> None:
        """Start a worker as `name`, in place of the one that had the name."""
        self.workers[name] = self.run.start(name, fault, WIREROOM_BATCH_SIZE="50")

    def supervise(self) -> bool:
        """Restart each worker that a fault struck while it started, as an orchestrator would; return True.

        Raises AssertionError if a worker ended for any other reason.
        """
        for name, worker in list(self.workers.items()):
            if not worker.running:
                log = worker.tail()
                assert any(reason in log for reason in FAILED_STARTS), log
                self.restarts += 1
                self.start(name)
        return True

    def ready(self, name: str) -> Worker:
        """Return the worker `name` once it is ready."""
        wait_until(
            lambda: self.supervise() and "worker ready" in self.workers[name].log.read_text(),
            f"{name} is ready",
            PATIENCE,
        )
        return self.workers[name]

    def wait_past(self, count: int) -> None:
        """Wait until more than `count` results and dead letters came out."""
        wait_until(lambda: self.supervise() and self.run.came_out > count, f"more than {count}", PATIENCE)

    def draw(self) -> str:
        """Return the name of a worker."""
        return self.drawn.choice(sorted(self.workers))

    def kill_worker(self) -> None:
        """Kill a worker with SIGKILL and start another with its name."""
        name = self.draw()
        self.workers[name].kill()
        self.start(name)

    def kill_worker_at_a_point(self) -> None:
        """Let a worker kill itself at a named point, and start another with its name."""
        name = self.draw()
        self.ready(name).stop()
        repeated = POINTS[1:-1]  # a worker is assigned and stops only once
        self.start(name, f"SIGKILL {self.drawn.choice(repeated)}:{self.drawn.randrange(1, 6)}")
        deadline = time.monotonic() + 30
        while self.workers[name].running and not self.run.is_done and time.monotonic() < deadline:
            time.sleep(0.05)
        self.workers[name].kill()  # if it did not reach that point
        self.start(name)

    def pause_worker(self) -> None:
        """Pause a worker for less or more than the time-outs of session (10 s) and transaction (15 s)."""
        worker = self.workers[self.draw()]
        worker.send(signal.SIGSTOP)
        time.sleep(self.drawn.choice([3, 12, 20]))
        worker.send(signal.SIGCONT)

    def stop_worker(self) -> None:
        """Stop a worker in order and start it again."""
        name = self.draw()
        self.ready(name).stop()
        self.start(name)

    def kill_stages(self) -> None:
        """Kill the stage process of a worker."""
        for child in psutil.Process(self.workers[self.draw()].pid).children():
            child.kill()

    def kill_broker(self) -> None:
        """Kill the broker with SIGKILL and start it again after some seconds."""
        self.broker.kill()
        time.sleep(self.drawn.choice([0, 3, 12]))
        self.broker.start()

    def pause_broker(self) -> None:
        """Pause the broker for some seconds."""
        assert self.broker.pid is not None
        os.kill(self.broker.pid, signal.SIGSTOP)
        time.sleep(self.drawn.choice([2, 8, 15]))
        os.kill(self.broker.pid, signal.SIGCONT)

    def intrude(self) -> None:
        """Take a lane's transactional id and leave a transaction open."""
        topic = self.drawn.choice(self.run.flow.inputs)
        partition = 0 if topic in self.run.flow.stateful else self.drawn.randrange(4)
        asyncio.run(intrude(self.run.wire, f"{self.run.wire.group}.{topic}.{partition}"))

    def two_at_once(self) -> None:
        """Kill the broker, and a worker while the broker is away."""
        name = self.draw()
        self.broker.kill()
        self.workers[name].kill()
        self.broker.start()
        self.start(name)


FAULTS: Mapping[str, Callable[[Round], None]] = {
    "worker killed": Round.kill_worker,
    "worker killed at a named point": Round.kill_worker_at_a_point,
    "worker paused": Round.pause_worker,
    "worker stopped": Round.stop_worker,
    "stages' process killed": Round.kill_stages,
    "broker killed": Round.kill_broker,
    "broker paused": Round.pause_broker,
    "transactional id taken": Round.intrude,
    "broker and worker killed": Round.two_at_once,
}


@dataclass
class Tally:
    """The counts of a soak."""

    faults: Counter[str] = field(default_factory=Counter)
    records: Counter[str] = field(default_factory=Counter)
    gap: float = 0.0  # seconds between two results
    wrong: list[str] = field(default_factory=list)

    def add(self, run: Run, wrong: list[str], restarts: int) -> None:
        """Add the counts of a round."""
        topics = run.wire.topics
        self.records["workers restarted after a fault during their start"] += restarts
        self.records["articles in"] += len(run.published)
        self.records["enriched"] += run.watch.counts[topics.enriched]
        self.records["stories"] += run.watch.counts[topics.stories]
        self.records["dead letters"] += run.watch.counts[topics.dead]
        self.records["lost"] += sum(" lost to the final " in line for line in wrong)
        self.records["twice"] += sum(" twice to the final " in line for line in wrong)
        self.wrong += wrong
        arrived = run.watch.arrived
        self.gap = max([self.gap, *(b - a for a, b in pairwise(arrived))])

    def table(self, seconds: float) -> Table:
        """Return the faults by kind, the articles in and out, and the longest time without a result."""
        table = Table(title=f"{seconds / 60:.1f} minutes, {self.faults.total()} faults", show_header=False)
        table.add_column()
        table.add_column(justify="right")
        for counts in (self.faults, self.records):
            for name, count in counts.items():
                table.add_row(name, f"{count:,}")
            table.add_section()
        table.add_row(
            "other violations", f"{len(self.wrong) - self.records['lost'] - self.records['twice']:,}"
        )
        table.add_row("longest gap in progress, s", f"{self.gap:.1f}")
        return table


def soak_round(
    broker: EmbeddedBroker, name: str, drawn: random.Random, articles: int, faults: int, tally: Tally
) -> None:
    """Run one round and add its counts to `tally`."""
    specs = wire_topics(Settings(topic_prefix=name, partitions=4), LABELS)
    create_topics(Connection(broker.bootstrap), specs)
    with tempfile.TemporaryDirectory(prefix="wireroom-soak-") as logs:
        run = Run(Wire(broker.bootstrap, name, name), pure_flow(name), LABELS, Path(logs))
        try:
            drawn_articles = draw_articles(drawn, articles, deeds=DEEDS)
            portion = -(-articles // (faults + 1))
            current = Round(run, broker, drawn)
            for worker in "abc":
                current.start(worker)
            for start in range(0, articles, portion):
                before = len(run.published)
                run.publish(drawn_articles[start : start + portion], poison=portion // 50)
                if start == 0:
                    continue  # the workers are starting
                # The fault strikes when some of this portion came out and most did not.
                current.wait_past(before + portion // 10)
                kind = drawn.choice(list(FAULTS))
                print(f"  {run.came_out:,} of {len(run.published):,} came out: {kind}", file=sys.stderr)
                FAULTS[kind](current)
                tally.faults[kind] += 1
                run.struck(kind)
            wait_until(lambda: current.supervise() and run.is_done, "everything came out", PATIENCE)
            _, wrong = run.inspect()
            tally.add(run, wrong, current.restarts)
            if wrong:
                run.show_logs()
        finally:
            run.end()
    delete_topics(Connection(broker.bootstrap), [spec.name for spec in specs])


def main() -> int:
    """Run the soak; return 0 if the checker found nothing, else 1."""
    parser = argparse.ArgumentParser(
        description="Draw faults while articles pass, and print the outcome of the articles."
    )
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=int(os.environ.get("WIREROOM_TEST_SEED", "0")))
    parser.add_argument("--first", type=int, default=1, help="number of the first round, to replay one")
    parser.add_argument("--articles", type=int, default=6000, help="articles per round")
    parser.add_argument("--faults", type=int, default=6, help="faults per round")
    options = parser.parse_args()
    seed = options.seed or random.SystemRandom().randrange(1, 10**6)
    console, tally, began = Console(), Tally(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="wireroom-soak-") as data, EmbeddedBroker(Path(data)) as broker:
        number = options.first
        while number == options.first or (
            time.monotonic() - began < 60 * options.minutes and not tally.wrong
        ):
            print(f"round {number}: --seed {seed} --first {number} replays it", file=sys.stderr)
            drawn = random.Random(f"{seed}-{number}")
            soak_round(broker, f"soak-{seed}-{number}", drawn, options.articles, options.faults, tally)
            number += 1
    console.print(tally.table(time.monotonic() - began))
    for line in tally.wrong[:50]:
        console.print(line, markup=False)
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
