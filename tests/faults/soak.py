"""Draws faults for as long as it is asked to, and prints what became of the articles.

    python -m tests.faults.soak --minutes 30

Goes in rounds on one broker. Each has topics of its own, three workers and a number of faults, and the
checker looks over all that it left. Ends with 1 as soon as it finds anything; seed and round replay it.
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


# Why a worker ends with 1 before it has read anything.
BEGUN_IN_VAIN = ("no Kafka broker at", "the broker at", "ended while it loaded its models")


@dataclass
class Round:
    """One run with its broker and its workers, on which faults are tried."""

    run: Run
    broker: EmbeddedBroker
    drawn: random.Random
    workers: dict[str, Worker] = field(default_factory=dict)
    restarts: int = 0  # of workers that were struck while they began

    def start(self, name: str, fault: str | None = None) -> None:
        """The worker NAME, instead of the one that had the name."""
        self.workers[name] = self.run.start(name, fault, WIREROOM_BATCH_SIZE="50")

    def supervise(self) -> bool:
        """Start those again that were struck while they began, as an orchestrator would; true.

        Raises AssertionError for one that ended for any other reason.
        """
        for name, worker in list(self.workers.items()):
            if not worker.running:
                said = worker.tail()
                assert any(reason in said for reason in BEGUN_IN_VAIN), said
                self.restarts += 1
                self.start(name)
        return True

    def ready(self, name: str) -> Worker:
        """The worker NAME, once it is at work."""
        wait_until(
            lambda: self.supervise() and "worker ready" in self.workers[name].log.read_text(),
            f"{name} is at work",
            PATIENCE,
        )
        return self.workers[name]

    def wait_past(self, count: int) -> None:
        """Wait until more than COUNT results and dead letters came out."""
        wait_until(lambda: self.supervise() and self.run.came_out > count, f"more than {count}", PATIENCE)

    def draw(self) -> str:
        """The name of a worker."""
        return self.drawn.choice(sorted(self.workers))

    def kill_worker(self) -> None:
        """kill -9, and another takes the name."""
        name = self.draw()
        self.workers[name].kill()
        self.start(name)

    def kill_worker_at_a_point(self) -> None:
        """A worker that kills itself at a named point, and another that takes the name."""
        name = self.draw()
        self.ready(name).stop()
        often = POINTS[1:-1]  # it is assigned, and stops, once
        self.start(name, f"SIGKILL {self.drawn.choice(often)}:{self.drawn.randrange(1, 6)}")
        deadline = time.monotonic() + 30
        while self.workers[name].running and not self.run.is_done and time.monotonic() < deadline:
            time.sleep(0.05)
        self.workers[name].kill()  # where it did not come to that point
        self.start(name)

    def pause_worker(self) -> None:
        """Shorter or longer than the time-outs of session (10 s) and transaction (15 s)."""
        worker = self.workers[self.draw()]
        worker.send(signal.SIGSTOP)
        time.sleep(self.drawn.choice([3, 12, 20]))
        worker.send(signal.SIGCONT)

    def stop_worker(self) -> None:
        """A worker leaves in order and comes back."""
        name = self.draw()
        self.ready(name).stop()
        self.start(name)

    def kill_stages(self) -> None:
        """The process beside a worker that runs its stages is killed."""
        for child in psutil.Process(self.workers[self.draw()].pid).children():
            child.kill()

    def kill_broker(self) -> None:
        """kill -9 of the broker, and back after some seconds."""
        self.broker.kill()
        time.sleep(self.drawn.choice([0, 3, 12]))
        self.broker.start()

    def pause_broker(self) -> None:
        """The broker stands still for some seconds."""
        assert self.broker.pid is not None
        os.kill(self.broker.pid, signal.SIGSTOP)
        time.sleep(self.drawn.choice([2, 8, 15]))
        os.kill(self.broker.pid, signal.SIGCONT)

    def intrude(self) -> None:
        """A stranger takes a lane's transactional id and leaves a transaction open."""
        topic = self.drawn.choice(list(self.run.flow.reads))
        asyncio.run(intrude(self.run.wire, f"{self.run.wire.group}.{topic}.{self.drawn.randrange(4)}"))

    def two_at_once(self) -> None:
        """The broker is killed, and a worker while it is away."""
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
    """What a soak has seen."""

    faults: Counter[str] = field(default_factory=Counter)
    records: Counter[str] = field(default_factory=Counter)
    gap: float = 0.0  # seconds, between two results that both came
    wrong: list[str] = field(default_factory=list)

    def add(self, run: Run, wrong: list[str], restarts: int) -> None:
        """Count a round in."""
        topics = run.wire.topics
        self.records["workers started again that were struck while they began"] += restarts
        self.records["articles in"] += len(run.published)
        self.records["enriched"] += run.watch.counts[topics.enriched]
        self.records["dead letters"] += run.watch.counts[topics.dead]
        self.records["lost"] += sum(" lost to the final " in line for line in wrong)
        self.records["twice"] += sum(" twice to the final " in line for line in wrong)
        self.wrong += wrong
        arrived = run.watch.arrived
        self.gap = max([self.gap, *(b - a for a, b in pairwise(arrived))])

    def table(self, seconds: float) -> Table:
        """Faults by kind, articles in and out, and the longest time in which nothing came out."""
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
    """One round, counted into TALLY."""
    specs = wire_topics(Settings(topic_prefix=name, partitions=4), LABELS)
    create_topics(Connection(broker.bootstrap), specs)
    with tempfile.TemporaryDirectory(prefix="wireroom-soak-") as logs:
        run = Run(Wire(broker.bootstrap, name, name), pure_flow(name), LABELS, Path(logs))
        try:
            drawn_articles = draw_articles(drawn, articles, deeds=DEEDS)
            portion = -(-articles // (faults + 1))
            one = Round(run, broker, drawn)
            for worker in "abc":
                one.start(worker)
            for start in range(0, articles, portion):
                before = len(run.published)
                run.publish(drawn_articles[start : start + portion], poison=portion // 50)
                if start == 0:
                    continue  # the workers begin
                # Some of this portion have come out and most have not: that is when it strikes.
                one.wait_past(before + portion // 10)
                kind = drawn.choice(list(FAULTS))
                print(f"  {run.came_out:,} of {len(run.published):,} came out: {kind}", file=sys.stderr)
                FAULTS[kind](one)
                tally.faults[kind] += 1
                run.struck(kind)
            wait_until(lambda: one.supervise() and run.is_done, "all came out", PATIENCE)
            _, wrong = run.look_over()
            tally.add(run, wrong, one.restarts)
            if wrong:
                run.show_logs()
        finally:
            run.end()
    delete_topics(Connection(broker.bootstrap), [spec.name for spec in specs])


def main() -> int:
    """Soak; 0 when nothing was wrong."""
    parser = argparse.ArgumentParser(
        description="Draw faults while articles pass; print what became of them."
    )
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=int(os.environ.get("WIREROOM_TEST_SEED", "0")))
    parser.add_argument("--first", type=int, default=1, help="round to begin with, to replay one")
    parser.add_argument("--articles", type=int, default=6000, help="articles a round")
    parser.add_argument("--faults", type=int, default=6, help="faults a round")
    asked = parser.parse_args()
    seed = asked.seed or random.SystemRandom().randrange(1, 10**6)
    console, tally, began = Console(), Tally(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="wireroom-soak-") as data, EmbeddedBroker(Path(data)) as broker:
        number = asked.first
        while number == asked.first or (time.monotonic() - began < 60 * asked.minutes and not tally.wrong):
            print(f"round {number}: --seed {seed} --first {number} replays it", file=sys.stderr)
            drawn = random.Random(f"{seed}-{number}")
            soak_round(broker, f"soak-{seed}-{number}", drawn, asked.articles, asked.faults, tally)
            number += 1
    console.print(tally.table(time.monotonic() - began))
    for line in tally.wrong[:50]:
        console.print(line, markup=False)
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
