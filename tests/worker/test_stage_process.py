"""No article can stop the worker: one that crashes, hangs or eats memory is found and buried. No broker."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import psutil
import pytest

from streams.errors import StageCrashed, TaxonomyError, WireroomError
from streams.events import CleanArticle, RawArticle, TaggedArticle
from streams.headers import PASSED, text_of
from streams.one_pass import Pass, Route
from streams.records import Outgoing
from streams.stage import Stage
from streams.worker.stage_child import LoadedStages
from streams.worker.stage_process import StageProcess
from tests.broker.wire import wait_until
from tests.fakes.records import Copied


def misbehaving(articles: Sequence[RawArticle]) -> list[CleanArticle]:
    """Do what the body of each article says."""
    for article in articles:
        if article.body == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if article.body == "hang":
            time.sleep(3600)
        if article.body == "eat":
            eaten: Any = bytearray(3 * 2**30)
            del eaten
        if article.body == "divide":
            article.body.index("by zero")
    return [CleanArticle(article_id=article.article_id, text=article.body) for article in articles]


def stages() -> dict[str, Stage]:
    topics = ["news.clean"]
    return {"cleanup": Stage("cleanup", RawArticle, misbehaving, lambda _: topics, "news.dead", 24_000_000)}


def tag(articles: Sequence[CleanArticle]) -> list[TaggedArticle]:
    """Find no entities, and end the process over one word."""
    if any(article.text == "end" for article in articles):
        os.kill(os.getpid(), signal.SIGKILL)
    return [TaggedArticle(**article.model_dump(), entities=[]) for article in articles]


def flow() -> dict[str, Stage]:
    entities = Stage("entities", CleanArticle, tag, lambda _: ["news.tagged"], "news.dead", 24_000_000)
    return {**stages(), "entities": entities}


def unusable() -> dict[str, Stage]:
    raise TaxonomyError("mine.toml: phrases: is empty")


def versioned() -> dict[str, Stage]:
    return LoadedStages(stages().values(), {"tagger": "compact 5"})


restart_reasons: list[str] = []
"""The reasons of the restarts in this test."""


@pytest.fixture
def process() -> Iterator[StageProcess]:
    restart_reasons.clear()
    process = StageProcess(stages, seconds=4.0, memory=2 * 2**30, on_restart=restart_reasons.append)
    process.launch()
    process.wait_ready()
    yield process
    process.stop()


def work(process: StageProcess, *bodies: str) -> list[Outgoing]:
    records = [
        Copied("news.raw", 0, place, 0, b"a", RawArticle(article_id=f"a{place}", body=body).to_bytes(), ())
        for place, body in enumerate(bodies)
    ]
    return asyncio.run(asyncio.wait_for(process.work(stages()["cleanup"], records), 60))


def halt(process: StageProcess) -> psutil.Process:
    """Stop the child with SIGSTOP, and wait until it has stopped."""
    child = psutil.Process(process.pid)
    child.suspend()
    wait_until(lambda: child.status() == psutil.STATUS_STOPPED, f"child {child.pid} is stopped")
    return child


MORE_THAN_THE_SOCKET_HOLDS = "x" * 4_000_000


def records_of(*bodies: str) -> list[Copied]:
    return [
        Copied("news.raw", 0, place, 0, b"a", RawArticle(article_id="a", body=body).to_bytes(), ())
        for place, body in enumerate(bodies)
    ]


@pytest.fixture
def carrier() -> Iterator[StageProcess]:
    restart_reasons.clear()
    process = StageProcess(flow, seconds=4.0, on_restart=restart_reasons.append)
    process.launch()
    process.wait_ready()
    yield process
    process.stop()


def carry(process: StageProcess, *bodies: str) -> Pass:
    passing = process.carry(Route(list(flow().values()), b"group", lambda _key: True), records_of(*bodies))
    passed, seconds = asyncio.run(asyncio.wait_for(passing, 60))
    assert len(seconds) == 2
    return passed


def test_the_child_carries_articles_through_several_stages(carrier: StageProcess):
    passed = carry(carrier, "one", "two")

    assert [outgoing.topic for outgoing in passed.outgoing] == ["news.clean", "news.tagged"] * 2
    assert [text_of(outgoing.headers, PASSED) for outgoing in passed.outgoing] == ["group", None] * 2
    assert (passed.carried, passed.is_whole) == ([0, 1], True)


def test_a_pass_that_crashes_in_a_later_stage_is_left_to_that_stage(carrier: StageProcess):
    passed = carry(carrier, "one", "end", "two")

    assert [outgoing.topic for outgoing in passed.outgoing] == ["news.clean"] * 3
    assert all(text_of(outgoing.headers, PASSED) is None for outgoing in passed.outgoing)
    assert (passed.carried, passed.is_whole) == ([], False)
    assert restart_reasons == ["crashed"]
    assert carry(carrier, "three").is_whole


# Restarts: one after the whole chunk, then one after each try of the article alone.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("deed", "reason", "restarts"),
    [("kill", "StageCrashed", 1 + 3), ("hang", "StageTimedOut", 1 + 1), ("eat", "Unexpected", 0)],
)
def test_the_article_that_breaks_the_stage_is_buried_and_its_neighbours_pass(
    process: StageProcess, caplog: pytest.LogCaptureFixture, deed: str, reason: str, restarts: int
):
    sent = work(process, "one", deed, "two")

    assert [outgoing.topic for outgoing in sent] == ["news.clean", "news.dead", "news.clean"]
    assert text_of(sent[1].headers, "__streams.errors.exception") == reason
    assert text_of(sent[1].headers, "__streams.errors.offset") == "1"
    assert caplog.messages.count("stage process restarted") == restarts
    assert restart_reasons == [{"kill": "crashed", "hang": "timed_out"}.get(deed)] * restarts
    assert [outgoing.topic for outgoing in work(process, "three")] == ["news.clean"]


@pytest.mark.slow
def test_an_article_that_a_stopped_child_does_not_accept_is_buried(process: StageProcess):
    halted = halt(process)

    [letter] = work(process, MORE_THAN_THE_SOCKET_HOLDS)

    assert text_of(letter.headers, "__streams.errors.exception") == "StageTimedOut"
    assert not halted.is_running()
    assert [outgoing.topic for outgoing in work(process, MORE_THAN_THE_SOCKET_HOLDS)] == ["news.clean"]


def test_articles_that_a_stopped_child_does_not_accept_together_pass_one_by_one(
    process: StageProcess, caplog: pytest.LogCaptureFixture
):
    halt(process)

    sent = work(process, "one", MORE_THAN_THE_SOCKET_HOLDS, "two")

    assert [outgoing.topic for outgoing in sent] == ["news.clean"] * 3
    assert caplog.messages.count("stage process restarted") == 1
    assert restart_reasons == ["timed_out"]


def test_a_child_that_was_stopped_again_and_again_leaves_no_descriptor_and_no_thread(
    process: StageProcess,
):
    process.seconds = 0.1
    us = psutil.Process()
    work(process, "one")
    gc.collect()  # else what earlier tests left behind is closed in between
    before = (us.num_fds(), threading.active_count())

    for _ in range(2):
        halt(process)
        work(process, MORE_THAN_THE_SOCKET_HOLDS)

    assert (us.num_fds(), threading.active_count()) == before


class NoticedRecord(Copied):
    """A record that sets an event when its value is read."""

    read = threading.Event()

    def __getattribute__(self, name: str) -> Any:
        if name == "value":
            NoticedRecord.read.set()
        return super().__getattribute__(name)


def test_a_stage_process_is_stopped_while_a_stopped_child_does_not_accept_an_article(
    process: StageProcess,
):
    process.seconds = 3600.0
    halted = halt(process)
    value = RawArticle(article_id="a", body=MORE_THAN_THE_SOCKET_HOLDS).to_bytes()
    record = NoticedRecord("news.raw", 0, 0, 0, b"a", value, ())

    async def stopped() -> list[Outgoing]:
        working = asyncio.create_task(process.work(stages()["cleanup"], [record]))
        await asyncio.to_thread(NoticedRecord.read.wait, 30)
        await asyncio.to_thread(process.stop)
        return await asyncio.wait_for(working, 30)

    with pytest.raises(StageCrashed):
        asyncio.run(stopped())

    assert not halted.is_running()


def test_a_fault_of_ours_is_buried_with_its_traceback(process: StageProcess):
    [letter] = work(process, "divide")

    assert "in misbehaving" in (text_of(letter.headers, "__streams.errors.stacktrace") or "")


def test_a_result_keeps_the_headers_of_its_record(process: StageProcess):
    record = Copied(
        "news.raw", 0, 7, 0, b"a", RawArticle(article_id="a", body="x").to_bytes(), [("traceparent", b"00-1")]
    )

    [sent] = asyncio.run(process.work(stages()["cleanup"], [record]))

    assert (text_of(sent.headers, "traceparent"), text_of(sent.headers, "ce_id")) == ("00-1", "news.raw-0-7")


def test_the_reason_why_models_cannot_be_loaded_reaches_the_worker():
    process = StageProcess(unusable)
    process.launch()

    with pytest.raises(TaxonomyError, match=r"mine\.toml"):
        process.wait_ready()

    process.stop()


def dying() -> dict[str, Stage]:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def test_the_versions_of_the_models_reach_the_worker():
    process = StageProcess(versioned)
    process.launch()
    before = (process.is_ready, process.versions)

    process.wait_ready()

    assert before == (False, {})
    assert (process.is_ready, process.versions) == (True, {"tagger": "compact 5"})
    assert [outgoing.topic for outgoing in work(process, "fine")] == ["news.clean"]
    process.stop()


def test_the_log_line_of_a_restart_names_the_trace_of_the_article(process, caplog):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    traced = [("traceparent", f"00-{trace}-00f067aa0ba902b7-01".encode())]
    body = RawArticle(article_id="a", body="kill").to_bytes()

    asyncio.run(process.work(stages()["cleanup"], [Copied("news.raw", 0, 7, 0, b"a", body, traced)]))

    restarts = [line for line in caplog.records if line.message == "stage process restarted"]
    assert {line.trace_id for line in restarts} == {trace}


def test_models_whose_process_is_killed_while_they_load_are_loaded_again():
    restarts: list[str] = []
    process = StageProcess(stages, on_restart=restarts.append)
    process.launch()
    first = process.pid or 0
    os.kill(first, signal.SIGKILL)

    process.wait_ready()

    assert process.pid != first
    assert restarts == ["loading"]
    assert [outgoing.topic for outgoing in work(process, "fine")] == ["news.clean"]
    process.stop()


def test_a_worker_gives_up_if_loading_its_models_ends_the_process_each_time():
    process = StageProcess(dying)
    process.launch()

    with pytest.raises(WireroomError, match="ended while it loaded its models"):
        process.wait_ready()

    process.stop()


def test_a_stage_process_that_is_stopped_leaves_no_child(process: StageProcess):
    pid = process.pid or 0
    assert psutil.pid_exists(pid)

    process.stop()

    assert not psutil.pid_exists(pid)
    with pytest.raises((WireroomError, RuntimeError)):
        process.launch()


@pytest.mark.slow
def test_the_child_ends_when_its_parent_is_killed():
    code = (
        "import time\n"
        "from streams.worker.stage_process import StageProcess\n"
        "from tests.worker.test_stage_process import stages\n"
        "process = StageProcess(stages); process.launch(); process.wait_ready()\n"
        "print(process.pid, flush=True)\n"
        "time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert psutil.pid_exists(child)

    parent.kill()
    parent.wait()

    wait_until(lambda: not psutil.pid_exists(child), f"child {child} is gone")
