"""A trace has every record of an article, in the order of time, with what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from kafka import OffsetAndMetadata, TopicPartition

from streams.dead import replayed_headers
from streams.errors import BrokerError, WireroomError
from streams.events import RawArticle
from streams.jobs import trace as tracing
from streams.jobs.trace import Step, ids_of, trace
from streams.kafka.admin import administer, create_topics
from streams.kafka.batches import BatchReader, LogBatch
from streams.kafka.partitioning import partition_of
from streams.topics import TopicSpec
from tests.broker.wire import Wire, wait_until
from tests.fakes.transactions import transactions
from tests.jobs.conftest import BEGIN, letter_headers


def steps_of(wire: Wire, article: str = "a1", *, everywhere: bool = False) -> tuple[Step, ...]:
    return trace(wire.connection, wire.topics, wire.group, article, everywhere=everywhere).steps


def short(wire: Wire, steps: Sequence[Step]) -> list[tuple[str, float | None]]:
    """Return the topic of each step, without the prefix, and its seconds."""
    return [(step.topic.removeprefix(f"{wire.prefix}."), step.seconds) for step in steps]


def test_an_article_is_followed_through_all_stages_with_the_time_between(wire, put):
    labels = [{"label": "climate", "score": 0.97}, {"label": "trade", "score": 0.61}]
    place = put("raw", b"a1", {"publisher": "The Fjord"})
    put("clean", b"a1", seconds=1.5)
    put("tagged", b"a1", seconds=1.75)
    put("enriched", b"a1", {"labels": labels}, seconds=4)
    for label in ("climate", "trade"):
        put(f"labels.{label}", b"a1", seconds=4)
    for topic in ("raw", "clean", "tagged", "enriched", "labels.climate", "dead"):
        put(topic, b"another", {"labels": labels})

    steps = steps_of(wire)

    assert short(wire, steps) == [
        ("raw", None),
        ("clean", 1.5),
        ("tagged", 0.25),
        ("enriched", 2.25),
        ("labels.climate", 0),
        ("labels.trade", 0),
    ]
    assert (steps[0].partition, steps[0].offset, steps[0].timestamp) == (*place, BEGIN)
    assert steps[0].publisher == "The Fjord"
    assert steps[3].labels == {"climate": 0.97, "trade": 0.61}
    assert {step.event_id for step in steps} == {"event"}


def test_only_the_partition_of_the_key_is_read_on_each_topic(wire, put, monkeypatch):
    put("raw", b"a1")
    put("enriched", b"a1", {"labels": [{"label": "climate", "score": 1}]})
    read: list[TopicPartition] = []
    plain = BatchReader.read

    def noting(
        self: BatchReader, ranges: dict[TopicPartition, range], *limits: object, **more: object
    ) -> Iterator[LogBatch]:
        read.extend(ranges)
        return plain(self, ranges, *limits, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(BatchReader, "read", noting)

    steps_of(wire)

    topics = [partition.topic.removeprefix(f"{wire.prefix}.") for partition in read]
    keyed = {"clean", "dead", "enriched", "labels.climate", "raw", "tagged"}
    assert set(topics) == keyed | {"fingerprints", "stories"}
    places = {place.partition for place, name in zip(read, topics, strict=True) if name in keyed}
    assert places == {partition_of(b"a1", 4)}


def test_a_dead_letter_has_its_reason_and_the_time_of_its_replay(wire, put):
    place = put("raw", b"a1")
    headers = letter_headers(wire.topics.raw, place)
    partition, offset = put("dead", b"a1", seconds=1, headers=headers)
    ledger = {"timestamp": BEGIN + 1000, "topic": wire.topics.raw, "replayed_at": "2026-03-01T13:00:00.000Z"}
    put("dead.replays", f"{partition}-{offset}".encode(), ledger)
    put("dead.replays", b"7-77", {**ledger, "replayed_at": "another letter"})
    put("raw", b"a1", seconds=3600, headers=replayed_headers(headers))

    first, dead, replayed = steps_of(wire)

    assert dead.death == tracing.Death(
        "EmptyArticle", "no text is left", "cleanup", "2026-03-01T13:00:00.000Z"
    )
    assert (first.replays, replayed.replays) == (0, 1)
    assert (dead.seconds, replayed.seconds) == (1, 3599)


def test_the_ledger_entry_of_a_letter_from_before_the_topic_was_created_again_does_not_count(wire, put):
    partition, offset = put("dead", b"a1", seconds=1)
    put("dead.replays", f"{partition}-{offset}".encode(), {"timestamp": 7, "replayed_at": "then"})

    (dead,) = steps_of(wire)

    assert dead.death
    assert dead.death.replayed_at is None


def test_an_article_that_waits_names_the_stage_and_the_records_before_it(wire, put):
    partition = partition_of(b"a1", 4)
    for number in range(5):
        put("clean", b"%d" % number, partition=partition)
    put("raw", b"a1")
    put("clean", b"a1", seconds=1)
    place = TopicPartition(wire.topics.clean, partition)
    done = {TopicPartition(wire.topics.raw, partition): 1, place: 2}
    with administer(wire.connection) as admin:
        admin.alter_group_offsets(wire.group, {p: OffsetAndMetadata(n, "", -1) for p, n in done.items()})

    raw, clean = steps_of(wire)

    assert (raw.waiting_for, raw.ahead) == (None, None)
    assert (clean.waiting_for, clean.ahead) == ("entities", 3)


def test_before_a_worker_has_run_a_published_article_waits_for_the_first_stage(wire, put):
    put("raw", b"a1")

    (raw,) = steps_of(wire)

    assert (raw.waiting_for, raw.ahead) == ("cleanup", 0)


def test_the_time_between_is_that_of_one_version_of_the_article(wire, put):
    first, second = [("ce_id", b"first")], [("ce_id", b"second")]
    put("raw", b"a1", headers=first)
    put("raw", b"a1", seconds=1, headers=second)
    put("clean", b"a1", seconds=3, headers=first)
    put("clean", b"a1", seconds=5, headers=second)

    steps = steps_of(wire)

    assert [(step.event_id, step.seconds) for step in steps] == [
        ("first", None),
        ("second", None),
        ("first", 3),
        ("second", 4),
    ]


def test_an_article_is_found_by_the_url_that_its_id_was_made_of(wire, put):
    url = "https://fjord.example/summit?page=1"
    put("raw", RawArticle(url=url, body="Talks.").key)

    found = trace(wire.connection, wire.topics, wire.group, url)

    assert found.article_id == RawArticle(url=url, body="x").article_id
    assert len(found.steps) == 1


def test_an_article_whose_id_is_a_url_is_found_by_it(wire, put):
    put("raw", b"https://fjord.example/summit")

    assert trace(wire.connection, wire.topics, wire.group, "https://fjord.example/summit").article_id == (
        "https://fjord.example/summit"
    )


@pytest.mark.parametrize(("article", "count"), [("a1", 1), ("urn:uuid:1", 1), ("http://a.example", 2)])
def test_only_a_url_can_mean_two_ids(article, count):
    assert len(ids_of(article)) == count
    assert ids_of(article)[-1] == article


@pytest.mark.parametrize("key", [None, b"their own key"])
def test_a_raw_record_with_another_key_is_found_by_its_place_if_it_had_no_id(wire, put, key):
    partition, offset = put("raw", key, {"publisher": "The Fjord"}, headers=[], partition=2)
    put("clean", b"a1", seconds=1, headers=[("ce_id", f"{wire.topics.raw}-{partition}-{offset}".encode())])

    raw, clean = steps_of(wire)

    assert (raw.topic, raw.partition, raw.offset) == (wire.topics.raw, partition, offset)
    assert clean.seconds == 1


@pytest.mark.parametrize("event_id", ["{raw}-9-0", "{raw}-0-99999", "{raw}-0-0-0", "other-0-0"])
def test_an_event_id_that_is_no_place_of_a_record_is_an_id_like_any_other(wire, put, event_id):
    put("clean", b"a1", headers=[("ce_id", event_id.format(raw=wire.topics.raw).encode())])

    assert short(wire, steps_of(wire)) == [("clean", None)]


def test_a_dead_letter_without_an_event_id_belongs_to_the_record_it_was(wire, put):
    partition, offset = put("raw", b"a1", headers=[])
    headers = letter_headers(wire.topics.raw, (partition, offset), headers=[])
    put("dead", b"a1", seconds=2, headers=headers)

    assert short(wire, steps_of(wire)) == [("raw", None), ("dead", 2)]


def test_records_in_other_partitions_are_found_when_all_are_read(wire, put):
    elsewhere = (partition_of(b"a1", 4) + 1) % 4
    put("raw", b"a1", partition=elsewhere)
    put("labels.health", b"a1", None, seconds=1, partition=elsewhere)

    with pytest.raises(WireroomError):
        steps_of(wire)
    wait_until(lambda: len(steps_of(wire, everywhere=True)) > 1, "both records can be read", 30)
    steps = steps_of(wire, everywhere=True)

    assert short(wire, steps) == [("raw", None), ("labels.health", 1)]
    assert [step.is_tombstone for step in steps] == [False, True]


def test_a_record_of_an_aborted_transaction_is_no_step(wire):
    with transactions(wire.bootstrap) as writer:
        partition = partition_of(b"key of v", 4)
        writer.abort(wire.topics.raw, [b"v"], partition)
        writer.commit(wire.topics.clean, [b"v"], partition)

    assert short(wire, steps_of(wire, "key of v")) == [("clean", None)]


@pytest.mark.parametrize(
    "value", [b"\xff", b"{", b"[]", b"7", b'{"labels": 7}', b'{"labels": [7, {}]}', b'{"publisher": []}']
)
def test_what_is_not_an_event_is_a_step_like_any_other(wire, put, value):
    put("raw", b"a1", value)
    put("enriched", b"a1", value, seconds=1)

    assert short(wire, steps_of(wire)) == [("raw", None), ("enriched", 1)]


def test_topics_that_others_add_under_the_prefix_are_read_too(wire, put):
    name = f"{wire.prefix}.digests"
    create_topics(wire.connection, [TopicSpec(name, 3, {})])
    put("enriched", b"a1")
    put("digests", b"a1", seconds=1)

    assert short(wire, steps_of(wire)) == [("enriched", None), ("digests", 1)]


@pytest.mark.parametrize(
    ("article", "everywhere", "message"),
    [
        ("nobody", False, "has an article 'nobody'; `wireroom trace --all` reads every partition"),
        ("nobody", True, "has an article 'nobody'; publish it, or look for its dead letter with"),
        ("http://a.example", False, "with the URL http://a.example (id 5bd2f0b9"),
    ],
)
def test_an_unknown_article_is_an_error_with_advice(wire, article, everywhere, message):
    with pytest.raises(WireroomError) as error:
        steps_of(wire, article, everywhere=everywhere)

    if article.startswith("http"):
        message = f"with the URL {article} (id {ids_of(article)[0]})"
    assert message in str(error.value)
    assert str(error.value).startswith(f"no topic {wire.prefix}.* at {wire.bootstrap} ")


def test_a_missing_topic_is_named(wire):
    with pytest.raises(BrokerError, match=r"topic absent\.[a-z]+ does not exist at"):
        trace(wire.connection, type(wire.topics)("absent"), wire.group, "a1")
