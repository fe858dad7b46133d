"""The doctor sees brokers that left, addresses that nobody reaches, and clocks that differ."""

from __future__ import annotations

import socket
from types import SimpleNamespace
from typing import Any

import pytest
from kafka import TopicPartition

from streams.broker.ports import free_port
from streams.jobs.doctor import cluster
from streams.jobs.doctor.cluster import (
    check_addresses,
    check_brokers,
    check_clock,
    judge_config,
    split_address,
    why_unreachable,
)
from streams.jobs.doctor.findings import Status
from streams.kafka.batches import LogRecord
from streams.kafka.connection import Connection
from streams.kafka.inspection import Broker, Cluster
from streams.topics import Topics

BROKERS = [Broker(1, "kafka-1", 9092, False), Broker(2, "kafka-2", 9093, False)]
NOW = 1_772_366_400.0
ADMIN: Any = SimpleNamespace()


def test_every_address_that_answers_is_named():
    (finding,) = check_addresses(Connection("kafka-1:9092"), BROKERS, lambda *_: None)

    assert (finding.status, finding.text) == (Status.OK, "reached kafka-1:9092, kafka-2:9093")


def test_an_advertised_address_that_fails_is_a_problem_and_a_dead_one_of_ours_a_note():
    def reach(host: str, port: int) -> str | None:
        return "Connection refused" if host in {"kafka-2", "old"} else None

    advertised, ours = check_addresses(Connection("kafka-1:9092, old:1"), BROKERS, reach)

    assert advertised.status is Status.PROBLEM
    assert advertised.text == (
        "broker 2 tells clients to connect to kafka-2:9093, which fails from here (Connection refused)"
    )
    assert "advertised.listeners" in (advertised.fix or "")
    assert ours.status is Status.NOTE
    assert ours.text == "old:1 in WIREROOM_BROKER does not answer (Connection refused)"


def test_an_address_is_reached_by_a_connection():
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert why_unreachable("127.0.0.1", server.getsockname()[1]) is None
    assert why_unreachable("127.0.0.1", free_port()) == "Connection refused"
    assert why_unreachable("no such host.invalid", 9092)


@pytest.mark.parametrize(
    ("server", "address"),
    [
        ("localhost:9093", ("localhost", 9093)),
        ("localhost", ("localhost", 9092)),
        ("[::1]:9093", ("::1", 9093)),
        ("[::1]", ("::1", 9092)),
    ],
)
def test_an_address_without_a_port_has_that_of_kafka(server, address):
    assert split_address(server) == address


def test_a_broker_that_left_the_cluster_is_named(monkeypatch):
    monkeypatch.setattr(cluster, "broker_config", lambda *_: {})
    brokers = (BROKERS[0], Broker(2, "kafka-2", 9093, True))

    (finding,) = check_brokers(ADMIN, Cluster(brokers, "4.3"), "kafka-1:9092")

    assert (finding.status, finding.text) == (
        Status.PROBLEM,
        "1 broker of 2 left the cluster: kafka-2:9093",
    )


def test_a_whole_cluster_is_described(monkeypatch):
    monkeypatch.setattr(cluster, "broker_config", lambda *_: {})

    (finding,) = check_brokers(ADMIN, Cluster(tuple(BROKERS), "4.3"), "kafka-1:9092")

    assert (finding.status, finding.text) == (Status.OK, "Kafka 4.3 at kafka-1:9092, 2 brokers")


@pytest.mark.parametrize(
    ("config", "statuses"),
    [
        ({}, []),
        ({"unclean.leader.election.enable": "false", "auto.create.topics.enable": "false"}, []),
        ({"unclean.leader.election.enable": "true"}, [Status.PROBLEM]),
        ({"auto.create.topics.enable": "true"}, [Status.NOTE]),
    ],
)
def test_settings_of_a_broker_that_lose_articles_or_hide_mistakes_are_told(config, statuses):
    assert [finding.status for finding in judge_config(config)] == statuses


def clock(monkeypatch: pytest.MonkeyPatch, offset: float | None, *records: tuple[str, float]) -> list[str]:
    """Return what is found with the cluster's clock ahead by `offset`, and records that are ahead of it."""
    monkeypatch.setattr(cluster, "clock_offset", lambda *_: offset)
    latest = {
        TopicPartition(topic, 0): LogRecord(topic, 0, 7, int((NOW + ahead) * 1000), None, None, [])
        for topic, ahead in records
    }
    return [f"{f.status}: {f.text}" for f in check_clock(ADMIN, latest, Topics("news"), lambda: NOW)]


@pytest.mark.parametrize("offset", [0.0, 4.9, -4.9])
def test_clocks_that_differ_by_little_agree(monkeypatch, offset):
    assert clock(monkeypatch, offset, ("news.raw", 0)) == [
        "ok: the cluster's clock agrees with ours within 5 s"
    ]


@pytest.mark.parametrize(
    ("offset", "text"),
    [(90.0, "the clock of the cluster is 90.0 s ahead of ours"), (-3600.04, "3,600.0 s behind ours")],
)
def test_clocks_that_differ_are_a_problem(monkeypatch, offset, text):
    (finding,) = clock(monkeypatch, offset)

    assert finding.startswith("problem: the clock of the cluster is")
    assert text in finding


def test_a_record_from_the_future_tells_whose_clock_is_ahead(monkeypatch):
    raw, tagged = clock(monkeypatch, 0.0, ("news.raw", 3600), ("news.clean", 0), ("news.tagged", 60))

    assert raw == "problem: news.raw 0-7 is 3,600 s in the future: the clock of its publisher is ahead"
    assert tagged.endswith(
        "news.tagged 0-7 is 60 s in the future: the clock of the worker that wrote it is ahead"
    )


def test_a_record_of_a_cluster_whose_clock_is_ahead_of_ours_is_not_in_its_future(monkeypatch):
    (finding,) = clock(monkeypatch, 60.0, ("news.raw", 60))

    assert "the clock of the cluster is 60.0 s ahead of ours" in finding


def test_a_cluster_that_does_not_tell_its_time_is_noted(monkeypatch):
    assert clock(monkeypatch, None) == ["note: the cluster does not tell its time"]
