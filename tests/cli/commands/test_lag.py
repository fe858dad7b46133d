"""`wireroom lag`: a line for each partition, an exit code beyond --max, and a view that follows."""

from __future__ import annotations

import json
import time

import pytest
from kafka import TopicPartition

from producers import publish
from streams.errors import AccessRefused, BrokerError
from streams.events import RawArticle
from streams.kafka.lag import PartitionLag


def behind(topic: str, partition: int, records: int, *, exact: bool = True, committed: int | None = 40):
    """Return a lag in a partition whose first record has waited for a minute."""
    oldest = int(time.time() * 1000) - 60_000 if records else None
    end = (committed or 0) + records + 1  # a marker follows
    return PartitionLag(TopicPartition(topic, partition), records, exact, oldest, committed, end)


@pytest.fixture
def lags(monkeypatch) -> list[PartitionLag]:
    """The lags that the broker tells."""
    told: list[PartitionLag] = []
    monkeypatch.setattr("streams.kafka.lag.lag", lambda *_: told)
    return told


def test_the_table_has_a_line_for_each_partition_in_the_order_of_the_stages(run, lags):
    lags += [
        behind("news.clean", 0, 0),
        behind("news.raw", 1, 1_200),
        behind("news.tagged", 0, 3, exact=False),
    ]

    outcome = run("lag")

    heading, *rows = [line.split() for line in outcome.lines]
    assert (outcome.code, outcome.err) == (0, "")
    assert heading == ["stage", "topic", "partition", "lag", "seconds"]
    assert [row[:4] for row in rows] == [
        ["cleanup", "news.raw", "1", "1,200"],
        ["entities", "news.clean", "0", "0"],
        ["labels", "news.tagged", "0", "~3"],
    ]
    assert 60 <= float(rows[0][4]) < 90
    assert rows[1][4] == "-"


def test_json_has_an_object_for_each_partition(run, lags):
    lags += [behind("news.raw", 0, 7), behind("news.raw", 1, 0, committed=None)]

    first, second = [json.loads(line) for line in run("lag", "--json").lines]

    assert 60 <= first.pop("seconds") < 90
    assert first == {
        "stage": "cleanup",
        "topic": "news.raw",
        "partition": 0,
        "lag": 7,
        "exact": True,
        "committed": 40,
        "end": 48,
    }
    assert (second["lag"], second["seconds"], second["committed"]) == (0, 0, None)


@pytest.mark.parametrize(("limit", "code"), [(0, 1), (6, 1), (7, 0), (100, 0)])
def test_a_lag_beyond_the_maximum_fails(run, lags, limit, code):
    lags += [behind("news.raw", 0, 7), behind("news.raw", 1, 3)]

    assert run("lag", "--max", limit).code == code


def test_a_lag_beyond_the_maximum_is_one_line_after_the_table(run, lags):
    lags += [behind("news.raw", 0, 5_000), behind("news.raw", 1, 7_000), behind("news.clean", 1, 0)]

    outcome = run("lag", "--max", 1_000, "--json")

    assert len(outcome.lines) == 3
    assert outcome.err == (
        "wireroom: the lag is above 1,000 in 2 of 3 partitions, and largest in news.raw-1: 7,000; "
        "start more workers, or look for the reason with `wireroom doctor`\n"
    )


@pytest.mark.parametrize("limit", ["-1", "many", "0.5"])
def test_a_maximum_that_is_not_a_number_of_records_is_wrong_usage(run, limit):
    outcome = run("lag", "--max", limit)

    assert (outcome.code, outcome.out) == (2, "")
    assert "Invalid value for '--max'" in outcome.problems[-1]


def test_a_group_that_has_finished_nothing_is_noted(run, lags):
    lags.append(behind("news.raw", 0, 7, committed=None))

    outcome = run("lag", env={"WIREROOM_GROUP": "night"})

    assert outcome.code == 0
    assert outcome.err == (
        "wireroom: group night has finished nothing yet, so every record waits; "
        "start a worker with `wireroom worker`\n"
    )


class Clock:
    """Counts the pauses of a watch, and ends it with Ctrl-C at the third."""

    def __init__(self) -> None:
        self.pauses = 0

    def sleep(self, _seconds: float) -> None:
        self.pauses += 1
        if self.pauses == 3:
            raise KeyboardInterrupt


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("streams.cli.commands.lag.time.sleep", clock.sleep)
    return clock


def test_a_watch_goes_on_until_it_is_interrupted(run, lags, clock):
    lags.append(behind("news.raw", 0, 7))

    outcome = run("lag", "--watch", "--json")

    assert (outcome.code, len(outcome.lines), clock.pauses) == (0, 3, 3)


def test_a_watch_with_a_maximum_ends_when_the_lag_is_beyond_it(run, lags, clock):
    lags.append(behind("news.raw", 0, 7))

    assert run("lag", "--watch", "--max", 6).code == 1
    assert clock.pauses == 0


def test_a_watch_waits_for_a_broker_that_goes_away(run, monkeypatch, clock):
    answers = [[behind("news.raw", 0, 7)], BrokerError("no Kafka broker"), [behind("news.raw", 0, 6)]]

    def answer(*_: object) -> object:
        told = answers.pop(0)
        if isinstance(told, BrokerError):
            raise told
        return told

    monkeypatch.setattr("streams.kafka.lag.lag", answer)

    outcome = run("lag", "--watch", "--json")

    assert [json.loads(line)["lag"] for line in outcome.lines] == [7, 6]
    assert outcome.problems == ["wireroom: no Kafka broker"]


@pytest.mark.parametrize("error", [BrokerError("away"), AccessRefused("refused")])
def test_a_watch_ends_if_the_broker_has_never_answered(run, monkeypatch, clock, error):
    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr("streams.kafka.lag.lag", refuse)

    outcome = run("lag", "--watch")

    assert (outcome.code, outcome.problems) == (1, [f"wireroom: {error}"])
    assert clock.pauses == 0


def test_articles_that_no_worker_has_taken_wait_for_the_first_stage(run, wire):
    publish(
        [RawArticle(article_id=f"a{number}", body="Talks.") for number in range(20)], settings=wire.settings
    )

    rows = [json.loads(line) for line in run("lag", "--json", env=wire.environment).lines]

    waiting = {
        stage: sum(row["lag"] for row in rows if row["stage"] == stage) for stage in ("cleanup", "labels")
    }
    assert waiting == {"cleanup": 20, "labels": 0}
    assert {row["topic"] for row in rows} == set(wire.topics.inputs())
    assert run("lag", "--max", 19, env=wire.environment).code == 0
    assert run("lag", "--max", 1, env=wire.environment).code == 1


def test_a_topic_that_is_missing_is_one_line(run, wire):
    outcome = run("lag", env={**wire.environment, "WIREROOM_TOPIC_PREFIX": "absent"})

    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == (
        f"wireroom: topic absent.raw does not exist at {wire.bootstrap}: "
        "create it with `wireroom topics create`\n"
    )
