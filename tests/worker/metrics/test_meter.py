"""What a worker counts about the transactions of its lanes."""

from __future__ import annotations

import time

import pytest

from streams.errors import EmptyArticle, EnrichmentError, InvalidJson
from streams.headers import Header, seconds_of
from streams.records import Outgoing
from streams.worker.metrics.definitions import MOST_REASONS, OTHER, REASONS
from streams.worker.metrics.meter import CountingMeter, CountingStageMeter, Meter, published
from tests.fakes.records import Copied

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def record(*headers: Header, timestamp: int = 5_000) -> Copied:
    return Copied("news.raw", 0, 7, timestamp, b"k", b"v", headers)


def letter(error: EnrichmentError) -> Outgoing:
    return Outgoing("news.dead", b"k", b"v", (), dead=error)


@pytest.fixture
def now(monkeypatch) -> float:
    """The time of every commit: noon."""
    noon = 1_772_366_400.0
    monkeypatch.setattr(time, "time", lambda: noon)
    return noon


def committed(counts: CountingStageMeter, *records: Copied, letters: tuple[Outgoing, ...] = ()) -> None:
    counts.committed(records, letters, [(len(records), 0.4)], queued=0.25, seconds=0.5)


def test_a_transaction_counts_its_articles_and_its_dead_letters_by_reason():
    counts = CountingStageMeter()

    committed(counts, record(), record(), record(), letters=(letter(EmptyArticle()), letter(InvalidJson())))

    assert counts.articles == {"done": 1, "dead": 2}
    assert {reason: count for reason, count in counts.letters.items() if count} == {
        "EmptyArticle": 1,
        "InvalidJson": 1,
    }
    assert counts.transactions == {"committed": 1, "discarded": 0, "fenced": 0}
    assert (counts.transaction_duration.total, counts.batch_records.total) == (0.5, 3)


def test_articles_that_were_worked_on_together_share_the_time():
    counts = CountingStageMeter()

    counts.committed([record()] * 10, [], [(8, 0.8), (2, 0.01)], queued=0.0, seconds=0.1)

    assert sum(counts.stage_duration.counts) == 10
    assert counts.stage_duration.total == pytest.approx(0.81)
    by_bound = dict(zip(counts.stage_duration.bounds, counts.stage_duration.counts, strict=False))
    assert (by_bound[0.1], by_bound[0.005]) == (8, 2)


def test_articles_that_an_earlier_stage_carried_on_count_for_the_stage_that_they_passed(now):
    counts = CountingStageMeter()

    counts.carried([record(timestamp=int(now * 1000) - 2_000)] * 3, [(2, 0.2), (1, 0.4)])

    assert counts.articles == {"done": 3, "dead": 0}
    assert counts.stage_duration.total == pytest.approx(0.6)
    assert counts.article_age.total == pytest.approx(6.0)
    assert counts.transactions["committed"] == 0


def test_the_time_of_a_lane_is_told_by_what_it_did():
    counts = CountingStageMeter()

    counts.gathered(0.2)
    committed(counts, record())

    assert counts.lane_seconds == {"gather": 0.2, "queue": 0.25, "work": 0.4, "commit": 0.5}


def test_a_transaction_that_was_not_committed_is_fenced_if_the_partition_has_a_new_owner():
    counts = CountingStageMeter()

    counts.discarded(by_new_owner=False)
    counts.discarded(by_new_owner=True)
    counts.fenced()

    assert counts.transactions == {"committed": 0, "discarded": 1, "fenced": 1}
    assert counts.fences == 1


def test_an_article_ages_from_the_time_of_its_raw_event(now):
    counts = CountingStageMeter()

    committed(
        counts,
        record(("ce_id", b"1"), ("ce_time", b"2026-03-01T11:59:58.500Z")),
        record(("ce_time", b"2026-03-01T13:59:58.000+02:00")),
        record(timestamp=int(now * 1000) - 4_000),
    )

    assert counts.article_age.total == pytest.approx(1.5 + 2.0 + 4.0)


@pytest.mark.parametrize(
    "written", [b"", None, b"yesterday", b"\xff\xfe", b"2026-13-01T00:00:00Z", b"9" * 10_000]
)
def test_a_time_that_is_none_counts_for_nothing(written):
    assert published([record(("ce_time", written), timestamp=5_000)]) == [5.0]


def test_a_time_without_a_zone_is_in_utc():
    assert published([record(("ce_time", b"1970-01-01T00:00:09"))]) == [9.0]


def test_the_time_of_the_raw_event_counts_wherever_its_header_is(now):
    others = [(f"x-{number}", b"2026-01-01T00:00:00Z") for number in range(8)]
    header = ("ce_time", b"2026-03-01T11:59:58Z")
    records = [record(*others[:place], header, *others[place:]) for place in range(9)]

    assert published(records) == [now - 2.0] * 9


def test_an_article_of_the_future_has_no_age_and_its_neighbours_have_theirs(now):
    counts = CountingStageMeter()

    committed(
        counts,
        record(("ce_time", b"2203-01-01T00:00:00Z")),
        record(("ce_time", b"2026-03-01T11:59:50Z")),
    )

    assert (counts.article_age.counts[0], counts.article_age.total) == (1, 10.0)


def test_an_article_of_the_future_has_no_age(now):
    counts = CountingStageMeter()

    committed(counts, record(("ce_time", b"2203-01-01T00:00:00Z")))

    assert (counts.article_age.counts[0], counts.article_age.total) == (1, 0.0)


def test_the_oldest_article_of_a_transaction_is_the_exemplar_if_it_has_a_trace(now):
    counts = CountingStageMeter()
    traced = ("traceparent", f"00-{TRACE}-00f067aa0ba902b7-01".encode())
    garbage = ("traceparent", b"garbage")
    young = ("ce_time", b"2026-03-01T11:59:59Z")
    old = ("ce_time", b"2026-03-01T11:59:40Z")

    committed(counts, record(young, traced), record(old, garbage))
    assert not any(counts.article_age.exemplars)

    committed(counts, record(young), record(old, traced))
    (exemplar,) = filter(None, counts.article_age.exemplars)
    assert exemplar == (TRACE, 20.0, now)


def test_ten_thousand_reasons_are_a_few_time_series():
    counts = CountingStageMeter()
    errors = [type(f"Reason{number}", (EnrichmentError,), {})() for number in range(10_000)]

    for error in errors:
        committed(counts, record(), letters=(letter(error),))

    assert len(counts.letters) <= MOST_REASONS + 1
    assert sum(counts.letters.values()) == 10_000
    assert counts.letters[OTHER] == 10_000 - (MOST_REASONS - len(REASONS))


def test_a_worker_counts_each_of_its_stages_and_the_restarts_by_reason():
    meter = CountingMeter(["cleanup", "labels"])

    meter.stage("labels").fenced()
    meter.restarted("crashed")

    assert {name: counts.fences for name, counts in meter.stages.items()} == {"cleanup": 0, "labels": 1}
    assert meter.restarts == {"crashed": 1, "timed_out": 0, "loading": 0}


def test_a_worker_without_a_port_counts_nothing():
    meter = Meter()

    meter.restarted("crashed")
    meter.stage("labels").committed([record()], [], [], queued=0.0, seconds=0.0)
    meter.stage("labels").discarded(by_new_owner=True)
    meter.stage("labels").gathered(1.0)
    meter.stage("labels").fenced()

    assert vars(meter) == vars(meter.stage("labels")) == {}


def test_times_that_were_read_are_not_kept_for_ever():
    for number in range(20_000):
        published([record(("ce_time", b"2026-03-01T00:00:00.%06dZ" % number))])

    assert seconds_of.cache_info().currsize <= 10_000
