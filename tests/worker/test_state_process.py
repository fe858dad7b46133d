"""The state process dies and starts again: nothing counts twice, and only the culprit is buried."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
from faust.types import TP

from streams.errors import BrokerError
from streams.events import CleanArticle
from streams.headers import text_of
from streams.records import Outgoing
from streams.stateful import Measures, StatefulStage, StateLost, States
from streams.worker import state_process
from streams.worker.state_process import StateProcess
from tests.fakes.counting_state import DEAD, INPUT, OUTPUT, STAGE, CountingState, article, counting_stage
from tests.fakes.records import Copied

TP0, TP1 = TP(INPUT, 0), TP(INPUT, 1)


class DangerousState(CountingState):
    """Counts, and does what the text of an article says."""

    def apply(self, event: CleanArticle) -> CleanArticle:
        if event.text == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if event.text == "hang":
            time.sleep(3600)
        return super().apply(event)


class FileHistory:
    """The results in a file, one a line; a file called `away` says that the broker is not there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def results(self, _topic: str, partition: int, _since: Callable[[bytes], int]) -> Iterator[bytes]:
        if (self.folder / "away").exists():
            raise BrokerError("no Kafka broker at localhost:1")
        if (self.folder / "slow").exists():
            time.sleep(3600)
        file = self.folder / f"sent-{partition}"
        yield from file.read_bytes().splitlines() if file.exists() else ()


def build(folder: Path) -> States:
    stage = StatefulStage(counting_stage().stage, OUTPUT, DangerousState, lambda _: 0)
    return States({"count": stage}, FileHistory(folder))


class Desk:
    """A state process and the log of what was committed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.restarts: list[str] = []
        self.measured: dict[int, Measures | None] = {}
        self.process = StateProcess(
            partial(build, folder),
            seconds=4.0,
            memory=2 * 2**30,
            on_restart=self.restarts.append,
            on_measures=lambda _stage, partition, measures: self.measured.update({partition: measures}),
        )
        self.process.launch()
        self.process.wait_ready()

    def prepare(self, offset: int, tp: TP = TP0) -> None:
        asyncio.run(asyncio.wait_for(self.process.prepare(STAGE, tp, offset), 60))

    def work(self, first: int, *texts: str, tp: TP = TP0) -> list[Outgoing]:
        records = [
            Copied(INPUT, tp.partition, offset, 0, b"a", article(text), ())
            for offset, text in enumerate(texts, start=first)
        ]
        return asyncio.run(asyncio.wait_for(self.process.work(STAGE, records), 60))

    def commit(self, outgoing: list[Outgoing], end: int, tp: TP = TP0) -> None:
        with (self.folder / f"sent-{tp.partition}").open("ab") as file:
            file.writelines((each.value or b"") + b"\n" for each in outgoing if each.dead is None)
        self.process.committed(tp, end)

    def deliver(self, *texts: str) -> list[Outgoing]:
        """Work and commit as a lane does: after an interruption prepare again and try again."""
        committed, sent = 0, []
        self.prepare(0)
        for _ in range(20):
            try:
                outgoing = self.work(committed, *texts[committed:])
            except StateLost:
                self.prepare(committed)
                continue
            sent += outgoing
            self.commit(outgoing, len(texts))
            return sent
        raise AssertionError("still not delivered")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.process.stop()


def bylines(outgoing: list[Outgoing]) -> list[Any]:
    return [
        CleanArticle.model_validate_json(each.value or b"").byline
        if each.dead is None
        else type(each.dead).__name__
        for each in outgoing
    ]


def test_results_go_to_the_partition_that_they_come_from(desk: Desk):
    desk.prepare(0, TP1)

    outgoing = desk.work(0, "one", "two words", tp=TP1)

    assert bylines(outgoing) == ["1 1", "2 3"]
    assert {(each.topic, each.partition) for each in outgoing} == {(OUTPUT, 1)}
    measures = desk.measured[1]
    assert measures is not None
    assert (measures.numbers, measures.restored) == ({"articles": 2, "words": 3}, 0)


def test_records_before_the_state_is_prepared_interrupt_the_lane(desk: Desk):
    with pytest.raises(StateLost, match="not prepared"):
        desk.work(0, "one")


def test_a_child_that_was_killed_continues_from_what_was_committed(desk: Desk):
    desk.prepare(0)
    desk.commit(desk.work(0, "one", "one"), 2)
    desk.work(2, "one")  # not committed
    psutil.Process(desk.process.pid).kill()

    with pytest.raises(StateLost):
        desk.work(2, "one")
    desk.prepare(2)

    assert bylines(desk.work(2, "two words")) == ["3 4"]
    assert desk.restarts == ["crashed"]


def test_the_states_of_all_partitions_are_lost_with_the_child(desk: Desk):
    desk.prepare(0)
    desk.prepare(0, TP1)
    psutil.Process(desk.process.pid).kill()
    with pytest.raises(StateLost):
        desk.work(0, "one")

    with pytest.raises(StateLost):
        desk.work(0, "one", tp=TP1)
    desk.prepare(0, TP1)

    assert bylines(desk.work(0, "one", tp=TP1)) == ["1 1"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("deed", "reason", "restarts"), [("kill", "StageCrashed", 1 + 3), ("hang", "StageTimedOut", 1 + 1)]
)
def test_the_record_that_ends_the_child_is_buried_and_its_neighbours_are_counted(
    desk: Desk, deed: str, reason: str, restarts: int
):
    sent = desk.deliver("one", "two words", deed, "one")

    assert bylines(sent) == ["1 1", "2 3", reason, "3 4"]
    assert [each.topic for each in sent] == [OUTPUT, OUTPUT, DEAD, OUTPUT]
    assert text_of(sent[2].headers, "__streams.errors.offset") == "2"
    assert len(desk.restarts) == restarts
    assert bylines(desk.work(4, "one", "one")) == ["4 5", "5 6"]  # the state is whole, nothing is suspected


def test_a_broker_that_is_away_interrupts_the_lane_and_costs_no_child(desk: Desk):
    (desk.folder / "away").touch()
    with pytest.raises(StateLost, match="no Kafka broker at localhost:1"):
        desk.prepare(0)
    (desk.folder / "away").unlink()

    desk.prepare(0)

    assert desk.restarts == []
    assert bylines(desk.work(0, "one")) == ["1 1"]


def test_a_restore_that_stands_still_is_given_up(desk: Desk, monkeypatch):
    monkeypatch.setattr(state_process, "SILENCE_SECONDS", 0.5)
    (desk.folder / "slow").touch()
    with pytest.raises(StateLost, match="took too long"):
        desk.prepare(0)
    (desk.folder / "slow").unlink()
    monkeypatch.undo()

    desk.prepare(0)

    assert desk.restarts == ["timed_out"]


def test_a_partition_that_went_to_another_worker_comes_back_with_what_that_one_sent(desk: Desk):
    desk.prepare(0)
    desk.commit(desk.work(0, "one"), 1)
    desk.work(1, "one")  # not committed: another worker took the partition
    desk.process.forget(STAGE, TP0)
    (desk.folder / "sent-0").write_bytes(b'{"byline": "1 1"}\n{"byline": "2 99"}\n')

    desk.prepare(2)

    assert bylines(desk.work(2, "one")) == ["3 100"]


def test_a_result_that_the_broker_refuses_leaves_no_trace_in_the_state(desk: Desk):
    desk.prepare(0)
    desk.work(0, "one")
    desk.process.forget(STAGE, TP0)  # the lane buries the record itself

    with pytest.raises(StateLost):
        desk.work(1, "one")
    desk.prepare(1)

    assert bylines(desk.work(1, "one")) == ["1 1"]
