"""The app of a worker: what starts and stops in which order, and who learns of a rebalance. No broker."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

import faust
import pytest
from aiokafka import TopicPartition
from faust.types import TP

from streams.worker.faust_overrides.app import FaustConsumerControl, WireApp
from streams.worker.faust_overrides.transport import CommittedTransport
from streams.worker.fetch import ReadPosition

A, B = TP("news.raw", 0), TP("news.raw", 1)


@pytest.fixture
def order(app: WireApp, monkeypatch) -> list[str]:
    """The steps of the app in the order in which they were done."""
    order: list[str] = []

    def note(owner: object, name: str, step: str) -> None:
        async def noted(*_: object) -> None:
            order.append(step)

        monkeypatch.setattr(owner, name, noted)

    note(faust.App, "on_start", "services start")
    note(faust.App, "on_stop", "consumer stops")
    note(app.delivery, "stop", "delivery stops")
    monkeypatch.setattr(app.children[0], "wait_ready", lambda: order.append("models are loaded"))
    return order


def test_models_are_loaded_before_the_app_starts_its_services(app, order):
    asyncio.run(app.on_start())

    assert order == ["models are loaded", "services start"]


def test_the_delivery_stops_before_the_consumer_leaves_its_group(app, order):
    asyncio.run(app.on_stop())

    assert order == ["delivery stops", "consumer stops"]


def test_an_app_reads_through_our_transport(app):
    assert isinstance(app.transport, CommittedTransport)


def test_a_worker_makes_no_folders(app, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    app._create_directories()

    assert list(tmp_path.iterdir()) == []


class FakeConsumer:
    """Notes what is asked of it."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def assignment(self) -> set[TP]:
        return {A, B}

    def hold(self, tp: TP) -> None:
        self.asked.append(("hold", tp))

    def release(self, tp: TP) -> None:
        self.asked.append(("release", tp))

    async def seek_wait(self, offsets: dict[TP, int]) -> None:
        self.asked.append(("seek", offsets))

    async def log_end(self, tp: TP) -> int:
        return 9

    async def earliest_offsets(self, tp: TP) -> dict[TP, int]:
        return {tp: 7}

    def positions(self) -> dict[TP, ReadPosition]:
        return {A: ReadPosition(10, 14, 14, 0.0, None)}

    async def highwaters(self, *partitions: TP) -> dict[TopicPartition, int]:
        return {TopicPartition(*tp): 500 for tp in partitions}


def test_the_delivery_learns_of_each_rebalance(app, monkeypatch):
    learned: list[Any] = []

    async def revoked(partitions: set[TP]) -> None:
        learned.append(("revoked", partitions))

    async def assigned(partitions: set[TP], generation: int) -> None:
        learned.append(("assigned", partitions, generation))

    monkeypatch.setattr(app.delivery, "revoked", revoked)
    monkeypatch.setattr(app.delivery, "assigned", assigned)
    monkeypatch.setattr(app, "_consumer", FakeConsumer())
    app.consumer_generation_id = 3

    async def rebalance() -> None:
        await app.on_partitions_revoked.send({A})
        await app.on_rebalance_complete.send()

    asyncio.run(rebalance())

    assert learned == [("revoked", {A}), ("assigned", {A, B}, 3)]


def test_inboxes_control_the_consumer_of_the_app(app, monkeypatch):
    consumer = FakeConsumer()
    monkeypatch.setattr(app, "_consumer", consumer)
    control = FaustConsumerControl(app)

    async def steps() -> tuple[int, int]:
        control.hold(A)
        control.release(A)
        await control.seek(A, 41)
        return await control.earliest(A), await control.log_end(A)

    assert asyncio.run(steps()) == (7, 9)
    assert consumer.asked == [("hold", A), ("release", A), ("seek", {A: 41})]


def test_a_delivery_that_fails_stops_the_worker_as_sigterm_does(app):
    signals: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: signals.append(number))
    try:
        app.delivery.fail(ZeroDivisionError())
    finally:
        signal.signal(signal.SIGTERM, before)

    assert signals == [signal.SIGTERM]


def test_the_watch_learns_from_the_consumer_of_the_app_how_far_it_has_read(app, monkeypatch):
    monkeypatch.setattr(app, "_consumer", FakeConsumer())
    control = FaustConsumerControl(app)

    assert control.positions() == {A: (10, 14, 14, 0.0, None, None)}
    offsets = asyncio.run(control.stable_offsets([A, B]))
    assert offsets == {A: 500, B: 500}
    assert {type(tp) for tp in offsets} == {TP}


def test_an_app_knows_the_stage_of_each_topic(app):
    assert app.stages_by_topic == {"ambient.raw": "cleanup"}


def test_an_app_without_an_address_has_no_endpoints(app):
    assert app.endpoints is None
