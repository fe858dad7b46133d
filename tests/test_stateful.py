"""A state counts each record once, whatever is tried again, and is what its results say after a restart."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import orjson
import pytest

from streams.errors import (
    ArticleTooLarge,
    BrokerError,
    EmptyArticle,
    EnrichmentError,
    InvalidJson,
    Unexpected,
)
from streams.stage import Payload
from streams.stateful import Outcome, StateLost, States
from tests.fakes.counting_state import BulkCountingState, CountingState, FakeHistory, article, counting_stage

TEXTS = ("one", "two words", "three words now", "refuse")


def states(history: FakeHistory) -> States:
    return States({"count": counting_stage()}, history)


def records(first: int, *texts: str) -> list[tuple[int, Payload]]:
    return [(first + place, (b"a", article(text), 0)) for place, text in enumerate(texts)]


def bylines(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the number and the sum in each result, or the name of the error."""
    return [
        type(outcome).__name__
        if isinstance(outcome, EnrichmentError)
        else orjson.loads(outcome.value)["byline"]
        for outcome in outcomes
    ]


def test_each_record_is_counted_and_one_that_is_refused_is_not():
    counting = states(FakeHistory())
    counting.prepare("count", 0, 0)

    outcomes, measures = counting.process("count", 0, 0, records(0, "one", "refuse", "two words"))

    assert bylines(outcomes) == ["1 1", "EmptyArticle", "2 3"]
    assert measures.numbers == {"articles": 2, "words": 3}


def test_a_transaction_that_is_tried_again_counts_nothing_twice():
    history = FakeHistory()
    counting = states(history)
    counting.prepare("count", 0, 0)
    first, _ = counting.process("count", 0, 0, records(0, "one", "two words"))

    counting.prepare("count", 0, 0)  # the producer was discarded, nothing was committed
    again, _ = counting.process("count", 0, 0, records(0, "one", "two words", "one"))

    assert again[:2] == first
    assert bylines(again) == ["1 1", "2 3", "3 4"]
    assert history.readings == 1


def test_a_commit_whose_answer_was_lost_drops_what_was_committed_and_keeps_the_rest():
    history = FakeHistory()
    counting = states(history)
    counting.prepare("count", 0, 0)
    counting.process("count", 0, 0, records(0, "one", "one", "one"))

    counting.prepare("count", 0, 2)
    again, _ = counting.process("count", 0, 2, records(2, "one", "one"))

    assert bylines(again) == ["3 3", "4 4"]
    assert history.readings == 1


@pytest.mark.parametrize("committed", [0, 7])
def test_an_offset_that_the_state_does_not_follow_has_it_restored(committed):
    history = FakeHistory()
    counting = states(history)
    counting.prepare("count", 0, 1)
    (one, two), _ = counting.process("count", 0, 1, records(1, "one", "one"))
    counting.process("count", 0, 3, records(3, "one"))
    history.sent = [outcome.value for outcome in (one, two) if not isinstance(outcome, EnrichmentError)]

    measures = counting.prepare("count", 0, committed)

    assert (history.readings, measures.restored, measures.numbers["articles"]) == (2, 2, 2)
    outcomes, _ = counting.process("count", 0, committed, records(committed, "two words"))
    assert bylines(outcomes) == ["3 4"]


def test_a_partition_without_a_prepared_state_refuses_its_records():
    counting = states(FakeHistory())
    counting.prepare("count", 0, 0)

    with pytest.raises(StateLost):
        counting.process("count", 1, 0, records(0, "one"))
    counting.forget("count", 0)
    with pytest.raises(StateLost):
        counting.process("count", 0, 0, records(0, "one"))


def test_a_record_below_the_position_whose_outcome_is_gone_is_not_applied_again():
    counting = states(FakeHistory())
    counting.prepare("count", 0, 0)
    counting.process("count", 0, 0, records(0, "one"))

    with pytest.raises(StateLost, match="offset 0"):
        counting.process("count", 0, 1, records(0, "one"))


def test_records_that_were_buried_elsewhere_leave_a_gap_and_no_restore():
    history = FakeHistory()
    counting = states(history)
    counting.prepare("count", 0, 0)
    counting.process("count", 0, 0, records(0, "one"))

    counting.process("count", 0, 2, records(2, "one"))  # the lane buried the record at offset 1
    counting.prepare("count", 0, 3)

    assert history.readings == 1


@pytest.mark.parametrize(("text", "reason"), [("break", Unexpected), ("swell", ArticleTooLarge)])
def test_a_record_that_damages_the_state_is_buried_after_the_state_is_restored(text, reason):
    history = FakeHistory()
    counting = states(history)
    counting.prepare("count", 0, 0)
    batch = records(0, "one", text, "two words")

    with pytest.raises(StateLost, match="offset 1"):
        counting.process("count", 0, 0, batch)
    counting.prepare("count", 0, 0)
    outcomes, _ = counting.process("count", 0, 0, batch)

    assert bylines(outcomes) == ["1 1", reason.__name__, "2 3"]
    assert history.readings == 2


@pytest.mark.parametrize(("value", "reason"), [(b"{", InvalidJson), (article("refuse"), EmptyArticle)])
def test_a_record_that_cannot_be_read_costs_no_restore(value, reason):
    history = FakeHistory()
    counting = states(history)
    counting.prepare("count", 0, 0)

    (outcome, _), _ = counting.process("count", 0, 0, [(0, (b"a", value, 0)), *records(1, "one")])

    assert isinstance(outcome, reason)
    assert history.readings == 1


def test_a_broker_that_is_away_during_a_restore_leaves_no_half_of_a_state():
    history = FakeHistory([b'{"byline": "4 9"}'])
    history.error = BrokerError("away")
    counting = states(history)
    with pytest.raises(BrokerError):
        counting.prepare("count", 0, 0)

    history.error = None
    counting.prepare("count", 0, 0)

    assert bylines(counting.process("count", 0, 0, records(0, "one"))[0]) == ["5 10"]


def test_a_result_that_nobody_can_read_is_left_out_of_a_restore(caplog):
    history = FakeHistory([b'{"byline": "4 9"}', b"not JSON", b'{"byline": null}'])

    measures = states(history).prepare("count", 0, 0)

    assert (measures.restored, measures.numbers["articles"]) == (1, 4)
    assert "a result cannot be read" in caplog.text


def test_a_state_that_can_takes_over_all_results_at_once(caplog, monkeypatch):
    monkeypatch.setattr(BulkCountingState, "calls", 0)
    history = FakeHistory([b'{"byline": "4 9"}', b"not JSON", b'{"byline": "5 11"}'])
    stage = replace(counting_stage(), new_state=BulkCountingState)

    measures = States({"count": stage}, history).prepare("count", 0, 0)

    assert (measures.restored, measures.numbers["articles"]) == (2, 5)
    assert BulkCountingState.calls == 1
    assert "not a result" in [record.why for record in caplog.records if hasattr(record, "why")]


@pytest.mark.parametrize("state", [CountingState, BulkCountingState])
def test_the_progress_of_a_restore_is_reported(monkeypatch, state):
    monkeypatch.setattr("streams.stateful.PROGRESS_RECORDS", 2)
    reports: list[int] = []
    history = FakeHistory([b'{"byline": "1 1"}'] * 5)

    States({"count": replace(counting_stage(), new_state=state)}, history).prepare(
        "count", 0, 0, reports.append
    )

    assert reports == [2, 4]


@pytest.mark.parametrize("seed", range(30))
def test_whatever_fails_the_results_are_those_of_one_undisturbed_state(seed):
    drawn = random.Random(seed)
    texts = [drawn.choice(TEXTS) for _ in range(60)]
    undisturbed = states(FakeHistory())
    undisturbed.prepare("count", 0, 0)
    due, _ = undisturbed.process("count", 0, 0, records(0, *texts))

    assert _disturbed(drawn, texts) == [each.value for each in due if not isinstance(each, EnrichmentError)]


def _disturbed(drawn: random.Random, texts: Sequence[str]) -> list[bytes]:
    """Return what is committed while batches fail, answers are lost and processes end."""
    history = FakeHistory()
    counting, committed, is_prepared = states(history), 0, False
    while committed < len(texts):
        if not is_prepared:
            counting.prepare("count", 0, committed)
            is_prepared = True
        end = min(len(texts), committed + drawn.randrange(1, 9))
        outcomes, _ = counting.process("count", 0, committed, records(committed, *texts[committed:end]))
        fate = drawn.choice(["committed", "committed", "in part", "discarded", "answer lost", "killed"])
        if fate in ("discarded", "killed"):
            end = committed
        if fate == "in part":
            end = drawn.randrange(committed, end + 1)
        kept = outcomes[: end - committed]
        history.sent += [each.value for each in kept if not isinstance(each, EnrichmentError)]
        committed = end
        is_prepared = fate in ("committed", "in part")
        if fate == "killed":
            counting = states(history)
    return history.sent
