"""No article can stop the worker: what crashes, hangs or eats memory is found and buried. No broker."""

from __future__ import annotations

import asyncio
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
from streams.events import CleanArticle, RawArticle
from streams.headers import text_of
from streams.stage import Outgoing, Stage
from streams.worker.stage_process import SIZE, Channel, StageProcess
from tests.broker.wire import wait_until
from tests.fakes.records import Copied


def misbehaving(articles: Sequence[RawArticle]) -> list[CleanArticle]:
    """A step that does what the body says."""
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
    return {"cleanup": Stage("cleanup", RawArticle, misbehaving, lambda _: ["news.clean"], "news.dead")}


def unusable() -> dict[str, Stage]:
    raise TaxonomyError("mine.toml: phrases: is empty")


@pytest.fixture
def bench() -> Iterator[StageProcess]:
    bench = StageProcess(stages, seconds=4.0, memory=2 * 2**30)
    bench.launch()
    bench.wait_ready()
    yield bench
    bench.stop()


def work(bench: StageProcess, *bodies: str) -> list[Outgoing]:
    records = [
        Copied("news.raw", 0, place, 0, b"a", RawArticle(article_id=f"a{place}", body=body).to_bytes(), ())
        for place, body in enumerate(bodies)
    ]
    return asyncio.run(asyncio.wait_for(bench.work(stages()["cleanup"], records), 60))


def halt(bench: StageProcess) -> psutil.Process:
    """Stop the child as SIGSTOP does, and wait until it has stopped."""
    child = psutil.Process(bench.pid)
    child.suspend()
    wait_until(lambda: child.status() == psutil.STATUS_STOPPED, f"child {child.pid} is stopped")
    return child


MORE_THAN_THE_SOCKET_HOLDS = "x" * 4_000_000


# Processes: the one that the whole chunk ended, then one for each try of the article alone.
@pytest.mark.parametrize(
    ("deed", "reason", "processes"),
    [("kill", "StageCrashed", 1 + 3), ("hang", "StageTimedOut", 1 + 1), ("eat", "Unexpected", 0)],
)
def test_the_article_that_breaks_the_stage_is_buried_and_its_neighbours_pass(
    bench: StageProcess, caplog: pytest.LogCaptureFixture, deed: str, reason: str, processes: int
) -> None:
    sent = work(bench, "one", deed, "two")

    assert [outgoing.topic for outgoing in sent] == ["news.clean", "news.dead", "news.clean"]
    assert text_of(sent[1].headers, "__streams.errors.exception") == reason
    assert text_of(sent[1].headers, "__streams.errors.offset") == "1"
    assert caplog.messages.count("stage set up anew") == processes
    assert [outgoing.topic for outgoing in work(bench, "three")] == ["news.clean"]


def test_an_article_that_a_stopped_child_does_not_even_take_is_buried(bench: StageProcess) -> None:
    halted = halt(bench)

    [letter] = work(bench, MORE_THAN_THE_SOCKET_HOLDS)

    assert text_of(letter.headers, "__streams.errors.exception") == "StageTimedOut"
    assert not halted.is_running()
    assert [outgoing.topic for outgoing in work(bench, MORE_THAN_THE_SOCKET_HOLDS)] == ["news.clean"]


def test_articles_that_a_stopped_child_does_not_take_together_pass_one_by_one(
    bench: StageProcess, caplog: pytest.LogCaptureFixture
) -> None:
    halt(bench)

    sent = work(bench, "one", MORE_THAN_THE_SOCKET_HOLDS, "two")

    assert [outgoing.topic for outgoing in sent] == ["news.clean"] * 3
    assert caplog.messages.count("stage set up anew") == 1


def test_a_child_that_stopped_again_and_again_leaves_no_descriptor_and_no_thread(bench: StageProcess) -> None:
    bench.seconds = 0.1
    us = psutil.Process()
    work(bench, "one")
    before = (us.num_fds(), threading.active_count())

    for _ in range(2):
        halt(bench)
        work(bench, MORE_THAN_THE_SOCKET_HOLDS)

    assert (us.num_fds(), threading.active_count()) == before


class Noticed(Copied):
    """A record that tells when its value is read."""

    read = threading.Event()

    def __getattribute__(self, name: str) -> Any:
        if name == "value":
            Noticed.read.set()
        return super().__getattribute__(name)


def test_a_bench_is_stopped_while_a_stopped_child_does_not_take_an_article(bench: StageProcess) -> None:
    bench.seconds = 3600.0
    halted = halt(bench)
    value = RawArticle(article_id="a", body=MORE_THAN_THE_SOCKET_HOLDS).to_bytes()
    record = Noticed("news.raw", 0, 0, 0, b"a", value, ())

    async def stopped() -> list[Outgoing]:
        working = asyncio.create_task(bench.work(stages()["cleanup"], [record]))
        await asyncio.to_thread(Noticed.read.wait, 30)
        await asyncio.to_thread(bench.stop)
        return await asyncio.wait_for(working, 30)

    with pytest.raises(StageCrashed):
        asyncio.run(stopped())

    assert not halted.is_running()


def test_an_answer_that_arrives_in_part_is_not_waited_for_beyond_the_deadline() -> None:
    ours, theirs = Channel.pair()
    theirs.sendall(SIZE.pack(1000) + b"x" * 999)

    with pytest.raises(TimeoutError):
        ours.receive(time.monotonic() + 0.1)

    theirs.close()
    with pytest.raises(EOFError):
        ours.receive()
    ours.close()


def test_a_fault_of_ours_brings_its_traceback_along(bench: StageProcess) -> None:
    [letter] = work(bench, "divide")

    assert "in misbehaving" in (text_of(letter.headers, "__streams.errors.stacktrace") or "")


def test_a_result_keeps_the_headers_of_its_record(bench: StageProcess) -> None:
    record = Copied(
        "news.raw", 0, 7, 0, b"a", RawArticle(article_id="a", body="x").to_bytes(), [("traceparent", b"00-1")]
    )

    [sent] = asyncio.run(bench.work(stages()["cleanup"], [record]))

    assert (text_of(sent.headers, "traceparent"), text_of(sent.headers, "ce_id")) == ("00-1", "news.raw-0-7")


def test_models_that_cannot_be_loaded_say_why() -> None:
    bench = StageProcess(unusable)
    bench.launch()

    with pytest.raises(TaxonomyError, match=r"mine\.toml"):
        bench.wait_ready()

    bench.stop()


def dying() -> dict[str, Stage]:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def test_models_whose_process_is_killed_while_they_load_are_loaded_again() -> None:
    bench = StageProcess(stages)
    bench.launch()
    first = bench.pid or 0
    os.kill(first, signal.SIGKILL)

    bench.wait_ready()

    assert bench.pid != first
    assert [outgoing.topic for outgoing in work(bench, "fine")] == ["news.clean"]
    bench.stop()


def test_models_that_end_their_process_each_time_are_given_up() -> None:
    bench = StageProcess(dying)
    bench.launch()

    with pytest.raises(WireroomError, match="ended while it loaded its models"):
        bench.wait_ready()

    bench.stop()


def test_a_stopped_bench_leaves_no_process(bench: StageProcess) -> None:
    pid = bench.pid or 0
    assert psutil.pid_exists(pid)

    bench.stop()

    assert not psutil.pid_exists(pid)
    with pytest.raises((WireroomError, RuntimeError)):
        bench.launch()


def test_the_child_ends_when_its_parent_is_killed() -> None:
    code = (
        "import time\n"
        "from streams.worker.stage_process import StageProcess\n"
        "from tests.worker.test_stage_process import stages\n"
        "bench = StageProcess(stages); bench.launch(); bench.wait_ready(); print(bench.pid, flush=True)\n"
        "time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert psutil.pid_exists(child)

    parent.kill()
    parent.wait()

    wait_until(lambda: not psutil.pid_exists(child), f"child {child} is gone")
