"""What becomes of topics that exist, with a fake client; tests/cli/commands/test_topics.py has a broker."""

from __future__ import annotations

import contextlib

from streams.kafka import admin
from streams.kafka.admin import Outcome, TopicOutcome, create_topics
from streams.kafka.connection import Connection
from streams.topics import TopicSpec
from tests.fakes.admin import FakeAdmin


def test_partitions_that_were_added_are_reported_beside_what_differs(monkeypatch):
    cluster = FakeAdmin({"news.raw": 2}, {"retention.ms": "60"})
    monkeypatch.setattr(admin, "administer", lambda *_: contextlib.nullcontext(cluster))

    (topic,) = create_topics(Connection("localhost:9092"), [TopicSpec("news.raw", 5, {"retention.ms": "90"})])

    differences = ("retention.ms is 60, not 90",)
    assert topic == TopicOutcome("news.raw", Outcome.DIFFERS, differences, added_partitions=3)
