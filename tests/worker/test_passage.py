"""A lane carries articles only while nothing of its partition is on the way between the stages. No broker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiokafka.errors import KafkaConnectionError
from faust.types import TP

from streams.one_pass import Pass
from streams.worker.passage import Carriage, Passage
from tests.fakes.kafka import STAGE, fetch, record

CLEAN, TAGGED = TP("news.clean", 0), TP("news.tagged", 0)


class Partitions:
    """The partitions that follow: their log ends, how far each is done, and who reads them."""

    def __init__(self) -> None:
        self.generation = 1
        self.owned = {CLEAN, TAGGED}
        self.ends = {CLEAN: 0, TAGGED: 0}
        self.done = {CLEAN: 0, TAGGED: 0}
        self.asked: list[TP] = []
        self.faults: list[Exception] = []
        self.on_ask: Callable[[TP], None] = lambda _tp: None

    def owns(self, tp: TP) -> bool:
        return tp in self.owned

    async def log_end(self, tp: TP) -> int:
        self.asked.append(tp)
        if self.faults:
            raise self.faults.pop()
        self.on_ask(tp)
        return self.ends[tp]

    def has_done(self, tp: TP, offset: int) -> bool:
        return self.done[tp] >= offset


def a_passage(partitions: Partitions) -> Passage:
    return Passage(STAGE, [(CLEAN, STAGE), (TAGGED, STAGE)], partitions, b"group")


def opens(passage: Passage, seconds: float = 0.1) -> bool:
    return asyncio.run(passage.opens(seconds, lambda: True))


def carriage(passage: Passage, *, is_whole: bool = True, strays: bool = False) -> Carriage:
    """Return a carriage that one chunk of two records was added to."""
    carriage = Carriage(passage, lambda _key: True)
    chunk = fetch(0, 1).records
    carriage.add(chunk, Pass([], [0, 1] if is_whole else [0], is_whole, strays), [0.1, 0.2, 0.3])
    return carriage


def test_a_passage_is_open_once_all_partitions_that_follow_are_done():
    partitions = Partitions()
    passage = a_passage(partitions)
    assert not passage.is_open

    assert opens(passage)

    assert passage.is_open
    assert partitions.asked == [CLEAN, TAGGED]


def test_a_passage_stays_closed_while_something_is_on_the_way():
    partitions = Partitions()
    partitions.ends[TAGGED] = 5
    passage = a_passage(partitions)

    assert not opens(passage)

    partitions.done[TAGGED] = 5
    assert opens(passage)


def test_the_end_of_a_partition_is_asked_for_only_when_those_before_it_are_done():
    partitions = Partitions()
    partitions.ends[CLEAN] = 1
    passage = a_passage(partitions)

    opens(passage)
    asked_first = list(partitions.asked)
    partitions.done[CLEAN] = 1
    partitions.ends[TAGGED] = 7  # what was on news.clean has come to news.tagged
    opened = opens(passage)

    assert asked_first == [CLEAN]
    assert not opened


def test_a_passage_that_sent_something_uncarried_closes_until_that_is_done():
    partitions = Partitions()
    passage = a_passage(partitions)
    opens(passage)

    passage.carried(carriage(passage))
    stayed_open = passage.is_open
    passage.carried(carriage(passage, is_whole=False))

    assert stayed_open
    assert not passage.is_open
    assert opens(passage)
    passage.carried(None)
    assert not passage.is_open


def test_a_passage_closes_with_a_new_producer_and_with_a_rebalance():
    partitions = Partitions()
    passage = a_passage(partitions)
    opens(passage)

    passage.begin()
    closed = not passage.is_open
    opens(passage)
    partitions.generation += 1

    assert closed
    assert not passage.is_open


def test_an_answer_from_before_a_rebalance_does_not_open_a_passage():
    partitions = Partitions()
    passage = a_passage(partitions)
    generations = iter([2, 3])

    def rebalance(_tp: TP) -> None:
        partitions.generation = next(generations, partitions.generation)

    partitions.on_ask = rebalance

    assert opens(passage)
    assert partitions.asked == [CLEAN, CLEAN, CLEAN, TAGGED]


def test_nothing_is_carried_into_partitions_that_another_worker_reads():
    partitions = Partitions()
    passage = a_passage(partitions)
    opens(passage)

    partitions.owned = {CLEAN}

    assert not passage.is_possible
    assert not passage.is_open
    assert not opens(passage)


def test_articles_that_go_to_other_partitions_close_a_passage_until_the_next_producer():
    partitions = Partitions()
    passage = a_passage(partitions)
    opens(passage)

    passage.carried(carriage(passage, strays=True))
    closed = not passage.is_possible
    passage.begin()

    assert closed
    assert opens(passage)


def test_a_broker_that_does_not_answer_keeps_a_passage_closed_and_raises_nothing():
    partitions = Partitions()
    partitions.faults = [KafkaConnectionError()]
    passage = a_passage(partitions)

    assert not opens(passage)
    assert opens(passage)


def test_a_wait_ends_when_the_lane_no_longer_wants_it():
    partitions = Partitions()
    partitions.ends[CLEAN] = 1

    assert not asyncio.run(a_passage(partitions).opens(3600, lambda: False))


def test_a_carriage_knows_what_was_carried_and_the_seconds_of_each_stage():
    passage = Passage(STAGE, [(CLEAN, STAGE)], Partitions(), b"group")
    carriage = Carriage(passage, lambda _key: True)
    chunk = fetch(0, 2).records

    carriage.add(chunk, Pass([], [0, 2], is_whole=True), [0.1, 0.2])

    assert carriage.records == [chunk[0], chunk[2]]
    assert carriage.chunks == {"cleanup": [(3, 0.1), (3, 0.2)]}


def test_a_chunk_with_a_key_of_another_partition_is_not_taken_and_none_after_it():
    carriage = Carriage(a_passage(Partitions()), lambda key: key == b"k")
    here, elsewhere = fetch(0, 1).records, [record(2, key=None), record(3, key=None)]

    assert [carriage.takes(here), carriage.takes(elsewhere), carriage.takes(here)] == [True, False, False]
    assert carriage.strays
