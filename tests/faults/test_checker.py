"""The checker finds every planted defect, and nothing in a clean run. These tests need no broker."""

from __future__ import annotations

import copy
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import fields
from dataclasses import replace as replaced
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka.partitioner import murmur2

from streams.dead import EXCEPTION, OFFSET, STAGE
from streams.events import Fingerprint, StoryArticle
from streams.headers import PASSED, raw_headers, text_of
from streams.records import Outgoing, place_of
from streams.topics import Topics
from tests.faults.checker import Evidence, Flow, Partition, Recovery, Sample, Seen, identity, violations
from tests.faults.flow import draw_articles, pure_flow
from tests.faults.undisturbed import undisturbed

WIRE = Topics("news")
PARTITIONS = 4
BATCH = 8
LABEL, OTHER_LABEL = WIRE.label("climate"), WIRE.label("diplomacy")

Plant = Callable[[Evidence], None]
Retell = Callable[[list[StoryArticle], Any], Any]


class Logs:
    """Topics as a broker keeps them: offsets count the markers of transactions, which no reader sees."""

    def __init__(self) -> None:
        self.records: list[Seen] = []  # in the order in which they were written
        self.ends: dict[Partition, int] = defaultdict(int)

    def append(self, sent: Outgoing) -> Seen:
        alone = sent.topic in (WIRE.fingerprints, WIRE.stories)
        at = (sent.topic, 0 if alone else (murmur2(sent.key or b"") & 0x7FFFFFFF) % PARTITIONS)
        self.records.append(Seen(*at, self.ends[at], sent.key, sent.value, tuple(sent.headers), 1_700_000))
        self.ends[at] += 1
        return self.records[-1]

    def mark(self, written: list[Seen]) -> None:
        for at in {(record.topic, record.partition) for record in written}:
            self.ends[at] += 1

    def of(self, topic: str) -> list[list[Seen]]:
        """Return the records by partition, in batches of one transaction each."""
        by_partition: dict[int, list[Seen]] = defaultdict(list)
        for record in self.records:
            if record.topic == topic:
                by_partition[record.partition].append(record)
        return [part[at : at + BATCH] for part in by_partition.values() for at in range(0, len(part), BATCH)]


def a_clean_run(flow: Flow) -> Evidence:
    """Return the evidence of 120 versions of 40 articles, some of them buried, with one aborted batch."""
    logs, committed = Logs(), dict[Partition, int]()
    now = datetime(2026, 3, 1, tzinfo=UTC)
    for article in draw_articles(random.Random(7), 120):
        logs.append(Outgoing(WIRE.raw, article.key, article.to_bytes(), [*raw_headers(article, now)]))
    for number in range(8):
        logs.append(
            Outgoing(WIRE.raw, b"p%d" % (number % 4), b"\xff poison %d" % number, [("x", b"1"), ("x", None)])
        )
    aborted: list[Seen] = []
    for topic in flow.reads:
        for batch in logs.of(topic):
            sent = [logs.append(outgoing) for record in batch for outgoing in flow.made_of(record)]
            logs.mark(sent)
            committed[topic, batch[0].partition] = batch[-1].offset + 1
            if topic == WIRE.clean and not aborted:
                aborted = [record._replace(offset=record.offset - BATCH) for record in sent]
    made = undisturbed(logs.records, flow.stateful)
    for batch in logs.of(WIRE.fingerprints):
        logs.mark([logs.append(outgoing) for record in batch for outgoing in made[place_of(record)]])
        committed[WIRE.fingerprints, 0] = batch[-1].offset + 1
    return Evidence(
        final=sorted(logs.records, key=lambda record: record[:3]),
        concurrent=list(logs.records),
        uncommitted=[*aborted, *logs.records],
        committed=committed,
        stable=dict(logs.ends),
        end=dict(logs.ends),
        recoveries=[Recovery("kill -9", 3.0)],
        samples=list(level_samples()),
    )


def level_samples(memory: float = 0, files: float = 0) -> Iterator[Sample]:
    """Yield a minute of a process that loads its models and then grows by `memory` and `files` a second."""
    noise = random.Random(3)
    for second in range(60):
        loaded = min(second, 5) * 40 * 2**20 + noise.randrange(2**20)
        grown = int(loaded + second * memory)
        yield Sample("worker 1", float(second), grown, 40 + noise.randrange(3) + int(files * second))


FLOW = pure_flow("news")
CLEAN_RUN = a_clean_run(FLOW)


def another_run() -> Evidence:
    """Return a copy of the clean run, to be damaged."""
    return replaced(
        CLEAN_RUN, **{each.name: copy.copy(getattr(CLEAN_RUN, each.name)) for each in fields(CLEAN_RUN)}
    )


def on(evidence: Evidence, topic: str) -> list[Seen]:
    """Return the records of `topic` that the final reader saw."""
    return [record for record in evidence.final if record.topic == topic]


def readers(evidence: Evidence) -> list[list[Seen]]:
    return [evidence.final, evidence.concurrent, evidence.uncommitted]


def remove(evidence: Evidence, *records: Seen) -> None:
    for seen in readers(evidence):
        seen[:] = [record for record in seen if record not in records]


def replace(evidence: Evidence, old: Seen, new: Seen) -> None:
    for seen in readers(evidence):
        seen[:] = [new if record == old else record for record in seen]


def append(evidence: Evidence, record: Seen) -> None:
    """Add `record` at the end of its partition, as if a transaction had written it."""
    at = (record.topic, record.partition)
    for seen in readers(evidence):
        seen.append(record._replace(offset=evidence.end[at]))
    evidence.end[at] += 2
    evidence.stable[at] += 2


def two_versions(evidence: Evidence, topic: str) -> tuple[Seen, Seen]:
    """Return the last two records of one article on `topic`, by the same stage."""
    by_key: dict[object, list[Seen]] = defaultdict(list)
    for record in on(evidence, topic):
        by_key[record.key, text_of(record.headers, STAGE)].append(record)
    older, newer = next(records[-2:] for records in by_key.values() if len(records) > 1)
    return older, newer


def with_header(record: Seen, name: str, value: bytes) -> Seen:
    headers = tuple((header, value if header == name else kept) for header, kept in record.headers)
    assert headers != record.headers
    return record._replace(headers=headers)


def lose(topic: str, place: float) -> Plant:
    def plant(evidence: Evidence) -> None:
        records = on(evidence, topic)
        remove(evidence, records[int(place * (len(records) - 1))])

    return plant


def lose_to(reader: str) -> Plant:
    def plant(evidence: Evidence) -> None:
        seen = getattr(evidence, reader)
        lost = next(record for record in reversed(seen) if record.topic == WIRE.enriched)
        seen[:] = [
            record for record in seen if identity(record) != identity(lost) or record.topic != lost.topic
        ]

    return plant


def lose_a_partition(evidence: Evidence) -> None:
    remove(evidence, *(record for record in on(evidence, WIRE.tagged) if record.partition == 2))


def repeat_next_to_it(evidence: Evidence) -> None:
    twice = on(evidence, WIRE.enriched)[10]
    for seen in readers(evidence):
        later = [
            record._replace(offset=record.offset + 1)
            if record[:2] == twice[:2] and record.offset > twice.offset
            else record
            for record in seen
        ]
        at = max(place for place, record in enumerate(later) if record == twice)
        seen[:] = [*later[: at + 1], twice._replace(offset=twice.offset + 1), *later[at + 1 :]]


def repeat_at_the_end(topic: str) -> Plant:
    return lambda evidence: append(evidence, on(evidence, topic)[0])


def repeat_in_another_partition(evidence: Evidence) -> None:
    twice = on(evidence, WIRE.enriched)[3]
    append(evidence, twice._replace(partition=(twice.partition + 1) % PARTITIONS))


def repeat_to_the_concurrent_reader(evidence: Evidence) -> None:
    evidence.concurrent.append(evidence.concurrent[-1])


def show_what_is_gone(evidence: Evidence) -> None:
    """Show the concurrent reader an aborted record."""
    record = next(record for record in evidence.concurrent if record.topic == WIRE.enriched)
    evidence.concurrent.append(record._replace(offset=evidence.end[record[:2]] + 5))


def reorder(topic: str) -> Plant:
    def plant(evidence: Evidence) -> None:
        older, newer = two_versions(evidence, topic)
        swapped = {older: newer._replace(offset=older.offset), newer: older._replace(offset=newer.offset)}
        for seen in readers(evidence):
            seen[:] = [swapped.get(record, record) for record in seen]

    return plant


def commit(by: int) -> Plant:
    def plant(evidence: Evidence) -> None:
        at = max(at for at in evidence.committed if at[0] == WIRE.tagged)
        evidence.committed[at] += by

    return plant


def commit_outputs_without_the_offset(evidence: Evidence) -> None:
    at = (WIRE.tagged, on(evidence, WIRE.tagged)[-1].partition)
    evidence.committed[at] -= BATCH


def commit_the_offset_without_outputs(evidence: Evidence) -> None:
    batch = [record for record in on(evidence, WIRE.tagged) if record.partition == 1][-BATCH:]
    events = {identity(record)[1] for record in batch}
    results = {WIRE.enriched, WIRE.dead, LABEL, OTHER_LABEL}
    remove(evidence, *(r for r in evidence.final if r.topic in results and identity(r)[1] in events))


def mark_the_last_batch(evidence: Evidence, group: str) -> None:
    """Mark the last batch of a partition as carried on by `group`, and take its offset back."""
    partition = on(evidence, WIRE.tagged)[-1].partition
    for record in [record for record in on(evidence, WIRE.tagged) if record.partition == partition][-BATCH:]:
        replace(evidence, record, record._replace(headers=(*record.headers, (PASSED, group.encode()))))
    evidence.committed[WIRE.tagged, partition] -= BATCH
    evidence.group = "wireroom"


def mark_without_results(evidence: Evidence) -> None:
    mark_the_last_batch(evidence, "wireroom")
    results = {WIRE.enriched, WIRE.dead, LABEL, OTHER_LABEL}
    marked = {identity(record) for record in on(evidence, WIRE.tagged) if evidence.skips(record)}
    remove(evidence, *(r for r in evidence.final if r.topic in results and identity(r) in marked))


def mark_for_another_group(evidence: Evidence) -> None:
    mark_the_last_batch(evidence, "another")


def commit_half_of_a_batch(evidence: Evidence) -> None:
    batch = [record for record in on(evidence, LABEL) if record.partition == 1][-BATCH:]
    remove(evidence, *batch)


def bury_twice(evidence: Evidence) -> None:
    append(evidence, on(evidence, WIRE.dead)[0])


def bury_and_pass(evidence: Evidence) -> None:
    buried = next(record for record in on(evidence, WIRE.dead) if identity(record)[1].startswith(WIRE.raw))
    append(evidence, buried._replace(topic=WIRE.clean))


def change(topic: str, to: Callable[[Seen], Seen]) -> Plant:
    def plant(evidence: Evidence) -> None:
        record = on(evidence, topic)[-1]
        replace(evidence, record, to(record))

    return plant


def change_what_was_aborted(evidence: Evidence) -> None:
    evidence.uncommitted[0] = evidence.uncommitted[0]._replace(value=b"{}")


def label_wrongly(evidence: Evidence) -> None:
    there = {identity(record) for record in on(evidence, LABEL)}
    unlabelled = next(record for record in on(evidence, WIRE.enriched) if identity(record) not in there)
    append(evidence, unlabelled._replace(topic=LABEL))


def send_to_the_other_label(evidence: Evidence) -> None:
    there = {identity(record) for record in on(evidence, OTHER_LABEL)}
    record = next(record for record in on(evidence, LABEL) if identity(record) not in there)
    remove(evidence, record)
    append(evidence, record._replace(topic=OTHER_LABEL))


def move_a_key(evidence: Evidence) -> None:
    _, newer = two_versions(evidence, WIRE.enriched)
    remove(evidence, newer)
    append(evidence, newer._replace(partition=(newer.partition + 1) % PARTITIONS))


def publish_nothing(evidence: Evidence) -> None:
    for seen in readers(evidence):
        seen.clear()
    evidence.committed.clear()


def hold_back_readers(evidence: Evidence) -> None:
    evidence.stable[WIRE.enriched, 1] -= 12


def leave_a_transaction_open(evidence: Evidence) -> None:
    evidence.open_transactions.append("wireroom.news.raw.0 (Ongoing)")


def recover_late(evidence: Evidence) -> None:
    evidence.recoveries.append(Recovery("broker killed", 184.0))


def grow(memory: float = 0, files: float = 0) -> Plant:
    def plant(evidence: Evidence) -> None:
        evidence.samples = list(level_samples(memory, files))

    return plant


def no_id(record: Seen) -> Seen:
    return with_header(record, "ce_id", b"0" * 32)


def tell_other_stories(retell: Retell, at: int) -> Plant:
    """Let a state that was disturbed after `at` articles decide on the rest; `retell` gives that state."""

    def plant(evidence: Evidence) -> None:
        state: Any = FLOW.stateful[WIRE.fingerprints].new_state()
        told: list[StoryArticle] = []
        for number, record in enumerate(on(evidence, WIRE.fingerprints)):
            if number == at:
                state = retell(told, state)
            told.append(state.apply(Fingerprint.model_validate_json(record.value or b"")))
        for record, story in zip(on(evidence, WIRE.stories), told, strict=True):
            replace(evidence, record, record._replace(value=story.to_bytes()))

    return plant


def count_a_batch_twice(told: list[StoryArticle], state: Any) -> Any:
    for story in told[-BATCH:]:
        state.apply(story.fingerprint)
    return state


def restore_from(part: slice) -> Retell:
    def retell(told: list[StoryArticle], _: Any) -> Any:
        state = FLOW.stateful[WIRE.fingerprints].new_state()
        for story in told[part]:
            state.restore(story.to_bytes())
        return state

    return retell


def lose_a_merge(evidence: Evidence) -> None:
    """Let the state have merged two stories, and its event not tell it, or the other way round."""
    record = on(evidence, WIRE.stories)[-1]
    story = StoryArticle.model_validate_json(record.value or b"")
    other = None if story.merged_into else "another"
    replace(
        evidence, record, record._replace(value=story.model_copy(update={"merged_into": other}).to_bytes())
    )


def swap_two_stories(evidence: Evidence) -> None:
    first, second = on(evidence, WIRE.stories)[3:5]
    swapped = {first: second._replace(offset=first.offset), second: first._replace(offset=second.offset)}
    for seen in readers(evidence):
        seen[:] = [swapped.get(record, record) for record in seen]


DEFECTS: list[tuple[str, Plant, str]] = [
    ("a state counts a batch twice", tell_other_stories(count_a_batch_twice, 40), r"the state was disturbed"),
    (
        "a state counts twice, bytes",
        tell_other_stories(count_a_batch_twice, 40),
        r"stories-0-\d+: wrong bytes",
    ),
    (
        "a state is restored without the last transaction",
        tell_other_stories(restore_from(slice(-BATCH)), 60),
        r"the state was disturbed",
    ),
    ("a state is not restored", tell_other_stories(restore_from(slice(0)), 60), r"the state was disturbed"),
    ("a merge is lost", lose_a_merge, r"stories-0-\d+: wrong bytes"),
    ("stories change places", swap_two_stories, r"stories-0: the state was disturbed"),
    ("a story is lost", lose(WIRE.stories, 0.4), r"news\.stories: article .* lost to the final reader"),
    ("a story comes twice", repeat_at_the_end(WIRE.stories), r"news\.stories: article .* twice to the final"),
    (
        "a fingerprint is lost",
        lose(WIRE.fingerprints, 1),
        r"news\.fingerprints: article .* lost to the final",
    ),
    ("the head is lost", lose(WIRE.enriched, 0), r"news\.enriched: article .* lost to the final reader"),
    ("the tail is lost", lose(WIRE.enriched, 1), r"news\.enriched: article .* lost to the final reader"),
    ("one in the middle is lost", lose(WIRE.enriched, 0.5), r"news\.enriched: article .* lost to the final"),
    ("the tail of an inner topic is lost", lose(WIRE.clean, 1), r"news\.clean: article .* lost to the final"),
    ("a partition is lost", lose_a_partition, r"news\.tagged: article .* lost to the final reader"),
    ("the final reader misses one", lose_to("final"), r"lost to the final reader"),
    ("the concurrent reader misses one", lose_to("concurrent"), r"lost to the concurrent reader"),
    ("the uncommitted reader misses one", lose_to("uncommitted"), r"lost to the uncommitted reader"),
    ("nothing was published", publish_nothing, r"so nothing is shown"),
    ("one comes twice, at once", repeat_next_to_it, r"enriched: article .* twice to the final reader"),
    (
        "one comes twice, much later",
        repeat_at_the_end(WIRE.enriched),
        r"enriched: article .* twice to the final",
    ),
    (
        "one comes twice on an inner topic",
        repeat_at_the_end(WIRE.clean),
        r"clean: article .* twice to the final",
    ),
    (
        "one comes twice on a label's topic",
        repeat_at_the_end(LABEL),
        r"climate: article .* twice to the final",
    ),
    ("one comes twice, in two partitions", repeat_in_another_partition, r"twice to the final reader"),
    ("the concurrent reader sees one twice", repeat_to_the_concurrent_reader, r"saw it after offset"),
    ("the concurrent reader sees what is aborted", show_what_is_gone, r"not there at the end"),
    (
        "versions change places",
        reorder(WIRE.enriched),
        r"enriched: article .* out of order to the final reader",
    ),
    ("versions change places on a label's topic", reorder(LABEL), r"climate: article .* out of order"),
    ("dead letters change places", reorder(WIRE.dead), r"dead: article .* out of order to the final reader"),
    ("a stale version wins", reorder(WIRE.enriched), r"enriched: a stale version of b'a\d+' wins"),
    ("results without the offset", commit_outputs_without_the_offset, r"torn: its results are committed"),
    ("the offset without results", commit_the_offset_without_outputs, r"torn: it is done"),
    ("a mark without results", mark_without_results, r"tagged-\d+-\d+: torn: it is done"),
    ("a mark of another group", mark_for_another_group, r"torn: its results are committed"),
    ("half of a batch", commit_half_of_a_batch, r"torn: .* not on news\.labels\.climate"),
    ("a dead letter is missing", lose(WIRE.dead, 0.5), r"news\.dead: article .* lost to the final reader"),
    ("a dead letter comes twice", bury_twice, r"news\.dead: article .* twice to the final reader"),
    ("one is buried and passes as well", bury_and_pass, r"news\.clean: article .* should not be there"),
    (
        "a dead letter's bytes are changed",
        change(WIRE.dead, lambda r: r._replace(value=b"{}")),
        r"touched: key or",
    ),
    ("a dead letter's key is changed", change(WIRE.dead, lambda r: r._replace(key=b"q")), r"touched: key or"),
    (
        "a dead letter's headers are dropped",
        change(WIRE.dead, lambda r: r._replace(headers=tuple(h for h in r.headers if h[0][0] in "_w"))),
        r"touched: headers",
    ),
    (
        "a dead letter names another origin",
        change(WIRE.dead, lambda r: with_header(r, OFFSET, b"9999")),
        r"which has no record",
    ),
    (
        "a dead letter gives another reason",
        change(WIRE.dead, lambda r: with_header(r, EXCEPTION, b"Oops")),
        r"wrong __streams.errors.exception, Oops",
    ),
    (
        "bytes are wrong",
        change(WIRE.enriched, lambda r: r._replace(value=(r.value or b"") + b" ")),
        r"wrong bytes of",
    ),
    (
        "bytes of an aborted record are wrong",
        change_what_was_aborted,
        r"wrong bytes of .* the uncommitted reader",
    ),
    ("the event id is wrong", change(WIRE.enriched, no_id), r"event 000000000000 should not be there"),
    (
        "a header is lost",
        change(WIRE.tagged, lambda r: r._replace(headers=r.headers[:-1])),
        r"wrong headers of",
    ),
    (
        "the key is changed",
        change(WIRE.enriched, lambda r: r._replace(key=b"q")),
        r"article q .* should not be there",
    ),
    ("a key moves to another partition", move_a_key, r"key b'a\d+' lies in partitions \d and \d"),
    ("a label's topic has too much", label_wrongly, r"labels\.climate: article .* should not be there"),
    ("a label's topic lacks one", lose(LABEL, 0.3), r"labels\.climate: article .* lost to the final reader"),
    (
        "the wrong label's topic",
        send_to_the_other_label,
        r"labels\.diplomacy: article .* should not be there",
    ),
    ("the offset is short of the end", commit(-1), r"is short of the end of the input"),
    ("the offset is past the end", commit(+5), r"is past the end"),
    ("readers are held back", hold_back_readers, r"news\.enriched-1: last stable offset \d+ is stuck"),
    ("a transaction stays open", leave_a_transaction_open, r"transaction wireroom.news.raw.0 \(Ongoing\)"),
    ("it takes too long to recover", recover_late, r"recovery from broker killed took 184.0 s"),
    ("memory grows", grow(memory=4 * 2**20), r"memory of worker 1 grew by \d+ MiB"),
    ("open files grow", grow(files=3), r"open files of worker 1 grew by"),
]


def test_a_clean_run_passes():
    assert violations(CLEAN_RUN, FLOW) == []


def test_a_record_that_is_marked_as_carried_on_is_done_whatever_the_offset():
    evidence = another_run()

    mark_the_last_batch(evidence, "wireroom")

    assert violations(evidence, FLOW) == []


def test_the_clean_run_has_what_the_defects_need():
    buried = {identity(record) for record in on(CLEAN_RUN, WIRE.dead)}

    assert len(on(CLEAN_RUN, WIRE.enriched)) + len(buried) == len(on(CLEAN_RUN, WIRE.raw)) == 128
    assert len(buried) > 10
    assert len(CLEAN_RUN.uncommitted) == len(CLEAN_RUN.final) + BATCH


@pytest.mark.parametrize(("plant", "line"), [case[1:] for case in DEFECTS], ids=[case[0] for case in DEFECTS])
def test_a_planted_defect_is_caught(plant: Plant, line: str):
    evidence = another_run()

    plant(evidence)

    lines = violations(evidence, FLOW)
    assert any(re.search(line, found) for found in lines), lines[:10]


DAMAGE: list[Callable[[Evidence, Seen], None]] = [
    remove,
    append,
    lambda evidence, record: replace(evidence, record, record._replace(value=b"x")),
    lambda evidence, record: replace(evidence, record, record._replace(key=b"x")),
    lambda evidence, record: replace(evidence, record, record._replace(headers=())),
]


@pytest.mark.parametrize("seed", range(5))
def test_damage_to_any_record_is_caught(seed: int):
    drawn = random.Random(seed)
    for damage in DAMAGE:
        evidence = another_run()
        record = drawn.choice([record for record in evidence.final if record.topic != WIRE.raw])

        damage(evidence, record)

        assert violations(evidence, FLOW), record
