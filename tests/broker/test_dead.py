"""Dead letters on a real broker are read by reason, and sent back exactly once whatever happens."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field

import pytest
from aiokafka import AIOKafkaProducer

from streams.dead import dead_letter_headers
from streams.errors import EmptyArticle, EnrichmentError, InvalidJson, Tombstone
from streams.headers import Header, text_of
from streams.jobs.replay import DeadLetters, replay
from tests.broker.wire import Wire, wait_until, wireroom

pytestmark = pytest.mark.broker


NO_TEXT = EmptyArticle("no text is left")


@dataclass(frozen=True)
class Buried:
    """A record that died at `offset` of the raw topic, or of `topic`."""

    key: bytes | None
    value: bytes | None
    headers: list[Header] = field(default_factory=list)
    error: EnrichmentError = NO_TEXT
    topic: str | None = None
    partition: int = 0
    offset: int = 0
    replays: int = 0


def bury(wire: Wire, letters: Iterable[Buried]) -> None:
    """Write `letters` to the dead letter topic as the stages do."""

    async def send() -> None:
        async with AIOKafkaProducer(
            bootstrap_servers=wire.bootstrap, max_request_size=20_000_000
        ) as producer:
            sent = []
            for letter in letters:
                headers = dead_letter_headers(
                    letter.headers,
                    error=letter.error,
                    topic=letter.topic or wire.topics.raw,
                    partition=letter.partition,
                    offset=letter.offset,
                    stage="cleanup",
                    at="2026-03-01T12:00:00.000Z",
                    replays=letter.replays,
                )
                sent.append(await producer.send(wire.topics.dead, letter.value, letter.key, headers=headers))
            await asyncio.gather(*sent)

    asyncio.run(send())


def numbered(count: int, size: int = 20) -> list[Buried]:
    return [Buried(b"a%d" % number, b"%d " % number + b"x" * size, offset=number) for number in range(count)]


def replay_all(wire: Wire, **options) -> Counter:
    return replay(wire.connection, wire.topics, wire.group, replay_limit=3, **options).sent


def open_ids(wire: Wire) -> list[str]:
    with closing(DeadLetters(wire.connection, wire.topics)) as letters:
        return [letter.id for letter in letters.open()]


def test_a_replayed_letter_is_the_record_that_died_and_counts_its_replays(wire):
    headers: list[Header] = [
        ("desk", b"a"),
        ("traceparent", b"00-1"),
        ("desk", b"b"),
        ("null", None),
        ("x", b"\xff"),
    ]
    bury(wire, [Buried(b"a1", b"\xff\x00 not UTF-8", headers, partition=3, replays=1)])

    sent = replay_all(wire)

    (record,) = wire.read_all(wire.topics.raw)
    assert sent == {wire.topics.raw: 1}
    assert (record.partition, record.key, record.value) == (3, b"a1", b"\xff\x00 not UTF-8")
    assert record.headers == [*headers, ("wireroom.replays", b"2")]


@pytest.mark.parametrize(
    ("key", "value"), [(b"a1", None), (None, b"{}"), (b"a1", b""), (b"a1", b"x" * 5_000_000)]
)
def test_a_letter_goes_back_whatever_it_holds(wire, key, value):
    bury(wire, [Buried(key, value, error=Tombstone("no value"))])

    replay_all(wire)

    (record,) = wire.read_all(wire.topics.raw)
    assert (record.key, record.value) == (key, value)


def test_letters_go_back_to_the_topics_that_they_came_from(wire):
    bury(wire, [Buried(b"a1", b"{"), Buried(b"a2", b"{", topic=wire.topics.clean), Buried(b"a3", b"{")])

    sent = replay_all(wire)

    assert sent == {wire.topics.raw: 2, wire.topics.clean: 1}
    assert [record.key for record in wire.read_all(wire.topics.clean)] == [b"a2"]


def test_a_letter_is_replayed_once_however_often_the_replay_runs(wire):
    bury(wire, numbered(250))

    first, second = replay_all(wire), replay_all(wire)

    assert (first.total(), second.total()) == (250, 0)
    assert len(wire.read_all(wire.topics.raw)) == 250
    assert open_ids(wire) == []


def test_a_letter_that_dies_again_is_a_new_letter_until_the_limit(wire):
    headers: list[Header] = []
    for replays in range(3):
        bury(wire, [Buried(b"a1", b"{", headers, replays=replays)])
        replay_all(wire)
    bury(wire, [Buried(b"a1", b"{", headers, replays=3)])

    outcome = replay(wire.connection, wire.topics, wire.group, replay_limit=3)

    counts = [text_of(record.headers, "wireroom.replays") for record in wire.read_all(wire.topics.raw)]
    assert counts == ["1", "2", "3"]
    assert outcome.sent.total() == 0
    assert ["was replayed 3 times, the limit" in why for _, why in outcome.refused] == [True]


def test_letters_that_cannot_go_back_stay_and_the_others_go(wire):
    bury(wire, [Buried(b"a1", b"{", topic="absent.raw"), Buried(b"a2", b"{")])

    outcome = replay(wire.connection, wire.topics, wire.group, replay_limit=3)

    assert outcome.sent == {wire.topics.raw: 1}
    assert [(letter.key, why) for letter, why in outcome.refused] == [
        (b"a1", "came from absent.raw, which does not exist")
    ]


def test_only_chosen_letters_go_and_no_more_than_asked_for(wire):
    bury(wire, [*numbered(10), *(Buried(b"b%d" % n, b"{", error=InvalidJson("no JSON")) for n in range(10))])

    replay_all(wire, chosen=lambda letter: letter.reason == "InvalidJson", max_letters=4)

    keys = [record.key for record in wire.read_all(wire.topics.raw)]
    assert len(keys) == 4
    assert all(key.startswith(b"b") for key in keys)
    assert len(open_ids(wire)) == 16


def test_a_dry_run_names_the_letters_and_sends_nothing(wire):
    bury(wire, numbered(5))
    named: list[str] = []

    sent = replay_all(wire, dry_run=True, on_letter=lambda letter: named.append(letter.id))

    assert sent == {wire.topics.raw: 5}
    assert named == open_ids(wire)
    assert wire.read_all(wire.topics.raw, "read_uncommitted") == []


def test_letters_of_one_article_go_back_in_the_order_in_which_they_died(wire):
    bury(wire, [Buried(b"a1", b"%d" % number) for number in range(300)])

    replay_all(wire)

    assert [int(record.value) for record in wire.read_all(wire.topics.raw)] == list(range(300))


def test_a_letter_in_a_transaction_that_is_still_open_is_not_read(wire):
    async def scenario() -> tuple[list[str], list[str]]:
        producer = AIOKafkaProducer(bootstrap_servers=wire.bootstrap, transactional_id=f"{wire.group}.stage")
        async with producer:
            await producer.begin_transaction()
            await producer.send_and_wait(wire.topics.dead, b"{", b"a1")
            during = await asyncio.to_thread(open_ids, wire)
            await producer.commit_transaction()
            return during, await asyncio.to_thread(open_ids, wire)

    during, after = asyncio.run(scenario())

    assert during == []
    assert len(after) == 1


@dataclass
class ReplayProcess:
    """A `wireroom dead replay` that is caught in the middle of its work."""

    wire: Wire
    process: subprocess.Popen[str]

    def pause_half_way(self, of: int) -> None:
        """Stop it once it has committed some of the letters and not yet all."""
        wait_until(lambda: committed(self.wire) > 0, "the replay has committed its first letters")
        self.process.send_signal(signal.SIGSTOP)
        done = committed(self.wire)
        assert 0 < done < of, f"caught after {done} of {of}: not half way"

    def end(self) -> tuple[int, str]:
        _, err = self.process.communicate(timeout=45)
        return self.process.returncode, err


def committed(wire: Wire) -> int:
    return len(wire.read_all(wire.topics.replays))


@pytest.fixture
def start_replay(wire: Wire) -> Iterable[Callable[[], ReplayProcess]]:
    started: list[ReplayProcess] = []

    def start() -> ReplayProcess:
        process = subprocess.Popen(
            [wireroom(), "dead", "replay"],
            env=wire.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(ReplayProcess(wire, process))
        return started[-1]

    yield start
    for replaying in started:
        if replaying.process.poll() is None:
            replaying.process.kill()
            replaying.process.wait()


MANY = 6_000


def assert_each_exactly_once(wire: Wire, count: int) -> None:
    keys = Counter(record.key for record in wire.read_all(wire.topics.raw))
    assert keys == {b"a%d" % number: 1 for number in range(count)}


@pytest.mark.fault
def test_a_replay_that_was_killed_half_way_is_finished_by_the_next(wire, start_replay):
    bury(wire, numbered(MANY, size=2_000))
    first = start_replay()
    first.pause_half_way(MANY)
    first.process.kill()
    first.end()

    rest = replay_all(wire)

    assert 0 < rest.total() < MANY
    assert_each_exactly_once(wire, MANY)


@pytest.mark.fault
def test_a_second_replay_takes_over_and_the_first_says_so(wire, start_replay):
    bury(wire, numbered(MANY, size=2_000))
    first = start_replay()
    first.pause_half_way(MANY)

    replay_all(wire)
    os.kill(first.process.pid, signal.SIGCONT)
    code, err = first.end()

    assert code == 1
    assert len(err.splitlines()) == 1
    assert "another replay has started and continues in place of this one" in err
    assert_each_exactly_once(wire, MANY)


@pytest.mark.fault
def test_replays_that_start_at_the_same_time_send_each_letter_once(wire, start_replay):
    bury(wire, numbered(MANY))

    ended = [replaying.end() for replaying in [start_replay() for _ in range(3)]]

    assert 0 in [code for code, _ in ended]
    assert all(len(err.splitlines()) == (1 if code else 0) for code, err in ended), ended
    assert_each_exactly_once(wire, MANY)
