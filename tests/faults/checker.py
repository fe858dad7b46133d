"""Finds every violation of "exactly once" in the records that a flow of articles left on its topics.

`violations(evidence, flow)` compares the records with the output of the flow's own stages when nothing fails.
Each line names a topic, a reader and an article. Without a line, every input came out once: as results on all
its topics or as one dead letter, with the right bytes and in order; and the group and the broker are at rest.
This module knows no broker.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

from streams.dead import EXCEPTION, OFFSET, PARTITION, STAGE, TOPIC, original_headers
from streams.headers import PASSED, Header, text_of
from streams.records import Outgoing, place_of
from streams.stage import Stage
from streams.stateful import StatefulStage
from tests.faults.undisturbed import out_of_sequence, undisturbed

WARM_SECONDS = 40.0

Partition = tuple[str, int]
Identity = tuple[bytes | None, str]
"""The key (the article id) and the event id; a record without an event id has the place of its raw record."""


class Seen(NamedTuple):
    """A record as a reader saw it; `timestamp` is in milliseconds since the epoch."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...] = ()
    timestamp: int = 0


class Sample(NamedTuple):
    """The resident memory of a process, in bytes, and the number of its open files at one moment."""

    process: str
    seconds: float
    memory: int
    files: int


class Recovery(NamedTuple):
    """The time from `fault` to the next result."""

    fault: str
    seconds: float


@dataclass(frozen=True)
class Bounds:
    """Limits of recovery and growth: `memory` (bytes) and `files` (number) above those of a warm process.

    A lane holds three files, and a rebalance brings up to twelve lanes.
    """

    recovery_seconds: float = 120.0
    memory: int = 64 * 2**20
    files: int = 48


@dataclass
class Evidence:
    """The records that were read while a flow ran and after it came to rest.

    Each reader's records are in the order in which it saw them. `committed` has the group's offset in every
    partition that a stage reads, and `group` its name. `stable` and `end` have the last stable offset and
    the high watermark of every partition of the flow. `repartitioned` is True if partitions were added, so
    that a key may have moved.
    """

    final: list[Seen]
    concurrent: list[Seen]
    uncommitted: list[Seen]
    committed: dict[Partition, int]
    stable: dict[Partition, int]
    end: dict[Partition, int]
    open_transactions: list[str] = field(default_factory=list)
    recoveries: list[Recovery] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    repartitioned: bool = False
    group: str = ""

    def skips(self, record: Seen) -> bool:
        """Return True if `record` is done whatever the offset: the group has marked it as carried on."""
        return text_of(record.headers, PASSED) == self.group != ""


class Flow:
    """A chain of stages, and the outcome of each record when nothing fails.

    `reads` maps each topic to the pure stage that reads it; the first topic is the input. `stateful` does the
    same for stages with a state, whose outcome depends on the order of their input.
    """

    def __init__(
        self, reads: Mapping[str, Stage], stateful: Mapping[str, StatefulStage] | None = None
    ) -> None:
        self.reads = reads
        self.stateful = stateful or {}
        self.input = next(iter(reads))
        self.dead = reads[self.input].dead
        self._results: dict[tuple[str, Identity, Hashable], list[Outgoing]] = {}

    @property
    def inputs(self) -> list[str]:
        """The topics that stages read."""
        return [*self.reads, *self.stateful]

    def made_of(self, record: Seen) -> list[Outgoing]:
        """Return the output of the stage that reads `record`."""
        cache_key = record.topic, identity(record), (record.value, record.headers)
        if cache_key not in self._results:
            self._results[cache_key] = self.reads[record.topic].work([record])
        return self._results[cache_key]

    def outcomes(self, record: Seen) -> Iterator[Outgoing]:
        """Yield the results of `record` on every later topic."""
        for outgoing in self.made_of(record):
            yield outgoing
            if outgoing.topic in self.reads:
                yield from self.outcomes(
                    Seen(
                        outgoing.topic,
                        record.partition,
                        record.offset,
                        outgoing.key,
                        outgoing.value,
                        tuple(outgoing.headers),
                        record.timestamp,
                    )
                )


def identity(record: Seen) -> Identity:
    """Return the key and the event id of `record`; without an event id, the place of the raw record."""
    if event := text_of(record.headers, "ce_id"):
        return record.key, event
    if origin := text_of(record.headers, TOPIC):
        return record.key, f"{origin}-{text_of(record.headers, PARTITION)}-{text_of(record.headers, OFFSET)}"
    return record.key, place_of(record)


def violations(evidence: Evidence, flow: Flow, bounds: Bounds | None = None) -> list[str]:
    """Return one line for each violation; an empty list means that the flow was exactly once."""
    return list(dict.fromkeys(_violations(evidence, flow, bounds or Bounds())))


def _violations(evidence: Evidence, flow: Flow, bounds: Bounds) -> Iterator[str]:
    inputs = [record for record in evidence.final if record.topic == flow.input]
    if not inputs:
        yield f"{flow.input}: no input was read, so nothing is shown"
    by_state = undisturbed(evidence.final, flow.stateful)
    expected = _expected(inputs, flow)
    for record in evidence.final:
        for outgoing in by_state.get(place_of(record), ()):
            expected[outgoing.topic][outgoing.key, identity(record)[1]].append(outgoing)
    without_repeats = list(_first_of_each(evidence.uncommitted, flow.input))
    for reader, seen in (
        ("final", evidence.final),
        ("concurrent", evidence.concurrent),
        ("uncommitted", without_repeats),
    ):
        outputs = [record for record in seen if record.topic != flow.input]
        yield from _once(reader, expected, outputs)
        yield from _order(reader, inputs, outputs, evidence.repartitioned)
    yield from _same_as_final(evidence)
    # A worker sent the aborted records too, so they have the right bytes as well.
    for reader, seen in (("final", evidence.final), ("uncommitted", evidence.uncommitted)):
        yield from _bytes(reader, expected, [record for record in seen if record.topic != flow.input])
    yield from _origins(evidence.final, flow)
    yield from _latest(inputs, expected, evidence)
    yield from out_of_sequence(evidence.final, flow.stateful, by_state)
    yield from _torn(evidence, flow, by_state)
    yield from _offsets(evidence, flow)
    yield from _rest(evidence)
    yield from _growth(evidence.samples, bounds)
    for fault, seconds in evidence.recoveries:
        if seconds > bounds.recovery_seconds:
            yield f"recovery from {fault} took {seconds:.1f} s, more than {bounds.recovery_seconds:g}"


Expected = dict[str, dict[Identity, list[Outgoing]]]


def _expected(inputs: Iterable[Seen], flow: Flow) -> Expected:
    """Return the records that must be there, by topic and identity, as often as they were sent."""
    expected: Expected = defaultdict(lambda: defaultdict(list))
    for record in inputs:
        for outgoing in flow.outcomes(record):
            expected[outgoing.topic][outgoing.key, identity(record)[1]].append(outgoing)
    return expected


def _once(reader: str, expected: Expected, outputs: Iterable[Seen]) -> Iterator[str]:
    seen: dict[str, Counter[Identity]] = defaultdict(Counter)
    for record in outputs:
        seen[record.topic][identity(record)] += 1
    for topic in dict.fromkeys([*expected, *seen]):
        expected_counts = {who: len(made) for who, made in expected.get(topic, {}).items()}
        for who in dict.fromkeys([*expected_counts, *seen[topic]]):
            came, due = seen[topic][who], expected_counts.get(who, 0)
            if came < due:
                yield f"{topic}: {_named(who)} lost to the {reader} reader: came {came} of {due} times"
            elif came > due and due:
                yield f"{topic}: {_named(who)} twice to the {reader} reader: came {came} times for {due}"
            elif came > due:
                yield f"{topic}: {_named(who)} should not be there, says the {reader} reader"


def _order(
    reader: str, inputs: Iterable[Seen], outputs: Iterable[Seen], repartitioned: bool
) -> Iterator[str]:
    place = _places(inputs)
    last: dict[tuple[str, bytes | None, int, str | None], tuple[int, Identity]] = {}
    home: dict[tuple[str, bytes | None], int] = {}
    for record in outputs:
        who = identity(record)
        if who[1] not in place:
            continue  # another line reports it
        partition, offset = place[who[1]]
        kept = home.setdefault((record.topic, record.key), record.partition)
        if record.key is not None and kept != record.partition and not repartitioned:
            yield f"{record.topic}: key {record.key!r} lies in partitions {kept} and {record.partition}"
        # The stages bury articles independently: on the topic of dead letters each stage has its own order.
        lane = (record.topic, record.key, partition, text_of(record.headers, STAGE))
        before = last.get(lane)
        if before and before[0] > offset:
            yield (
                f"{record.topic}: {_named(who)} out of order to the {reader} reader: "
                f"it came after {_named(before[1])}"
            )
        last[lane] = (offset, who)


def _same_as_final(evidence: Evidence) -> Iterator[str]:
    """Records that a read_committed reader saw stay there, and their offsets only rise."""
    last: dict[Partition, int] = {}
    final = {(record.topic, record.partition, record.offset): record for record in evidence.final}
    for record in evidence.concurrent:
        at = (record.topic, record.partition)
        if record.offset <= last.get(at, -1):
            yield f"{place_of(record)}: the concurrent reader saw it after offset {last[at]}"
        last[at] = record.offset
        kept = final.get((*at, record.offset))
        if kept is None:
            yield f"{place_of(record)}: the concurrent reader saw a record that is not there at the end"
        elif kept != record:
            yield f"{place_of(record)}: the concurrent reader saw other bytes than are there at the end"


def _bytes(reader: str, expected: Expected, outputs: Iterable[Seen]) -> Iterator[str]:
    for record in outputs:
        made = expected.get(record.topic, {}).get(identity(record))
        if not made:
            continue
        for wrong in _differences(record, made[0]):
            yield f"{place_of(record)}: {wrong} of {_named(identity(record))}, says the {reader} reader"


def _differences(record: Seen, made: Outgoing) -> Iterator[str]:
    if record.key != made.key:
        yield "wrong key"
    if record.value != made.value:
        yield "wrong bytes"
    if made.dead is None:
        # A pure stage does not know that one pass has carried the article on.
        if [header for header in record.headers if header[0] != PASSED] != list(made.headers):
            yield "wrong headers"
        return
    if original_headers(record.headers) != original_headers(made.headers):
        yield "wrong original headers"
    for name in (EXCEPTION, STAGE, TOPIC):
        if text_of(record.headers, name) != text_of(made.headers, name):
            yield f"wrong {name}, {text_of(record.headers, name)} and not {text_of(made.headers, name)},"


def _origins(final: Sequence[Seen], flow: Flow) -> Iterator[str]:
    """A dead letter is an untouched copy of the record that it names as its origin."""
    lying = {place_of(record): record for record in final}
    for letter in final:
        if letter.topic != flow.dead:
            continue
        place = "-".join(str(text_of(letter.headers, name)) for name in (TOPIC, PARTITION, OFFSET))
        origin = lying.get(place)
        if origin is None:
            yield f"{place_of(letter)}: a dead letter from {place}, which has no record"
        elif (letter.key, letter.value) != (origin.key, origin.value):
            yield f"{place_of(letter)}: dead letter from {place} touched: key or bytes are not those there"
        elif list(original_headers(letter.headers)) != list(original_headers(origin.headers)):
            yield f"{place_of(letter)}: dead letter from {place} touched: headers are not those there"


def _latest(inputs: Iterable[Seen], expected: Expected, evidence: Evidence) -> Iterator[str]:
    """After compaction a reader has the last version of every article."""
    if evidence.repartitioned:
        return
    place = _places(inputs)
    held = {(record.topic, record.key): identity(record) for record in evidence.final}
    for topic, articles in expected.items():
        newest: dict[bytes | None, Identity] = {}
        for who, made in articles.items():
            if made[0].dead is None and who[1] in place:
                newest[who[0]] = max(who, newest.get(who[0], who), key=lambda other: place[other[1]])
        for key, who in newest.items():
            if (topic, key) in held and held[topic, key] != who:
                yield f"{topic}: a stale version of {key!r} wins: {held[topic, key][1]}, not {who[1]}"


def _torn(evidence: Evidence, flow: Flow, by_state: Mapping[str, Sequence[Outgoing]]) -> Iterator[str]:
    """The offset and the results of a record are committed together or not at all."""
    there = {(record.topic, identity(record)) for record in evidence.final}
    for record in evidence.final:
        if record.topic not in flow.inputs:
            continue
        results = flow.made_of(record) if record.topic in flow.reads else by_state[place_of(record)]
        committed = evidence.committed.get((record.topic, record.partition), 0)
        done = record.offset < committed or evidence.skips(record)
        event = identity(record)[1]
        made = {(out.topic, (out.key, event)) for out in results}
        present = made & there
        if done and present != made:
            missing = ", ".join(sorted(topic for topic, _ in made - present))
            yield f"{place_of(record)}: torn: it is done, its result is not on {missing}"
        elif not done and present:
            yield f"{place_of(record)}: torn: its results are committed, its offset is not"
        elif present and present != made:
            yield f"{place_of(record)}: torn: half of its results are committed"


def _offsets(evidence: Evidence, flow: Flow) -> Iterator[str]:
    """The group's offset is past the last record; only records that it skips and markers may follow it."""
    after_last: dict[Partition, int] = defaultdict(int)
    for record in evidence.final:
        if record.topic in flow.inputs and not evidence.skips(record):
            at = (record.topic, record.partition)
            after_last[at] = max(after_last[at], record.offset + 1)
    for at in sorted({*after_last, *evidence.committed}):
        committed, due = evidence.committed.get(at, 0), after_last[at]
        end = max(due, evidence.end.get(at, due))
        if committed < due:
            yield f"{at[0]}-{at[1]}: committed offset {committed} is short of the end of the input, {due}"
        elif committed > end:
            yield f"{at[0]}-{at[1]}: committed offset {committed} is past the end, {end}"


def _rest(evidence: Evidence) -> Iterator[str]:
    """No transaction is open, so read_committed readers get every record."""
    for at, end in sorted(evidence.end.items()):
        stable = evidence.stable.get(at)
        if stable != end:
            yield f"{at[0]}-{at[1]}: last stable offset {stable} is stuck below the high watermark {end}"
    for transaction in evidence.open_transactions:
        yield f"transaction {transaction} is still open"


def _growth(samples: Iterable[Sample], bounds: Bounds) -> Iterator[str]:
    """Memory and files of a warm process do not grow from the second quarter of a run to the last one."""
    by_process: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_process[sample.process].append(sample)
    for process, taken in by_process.items():
        quarter = len(taken) // 4
        if taken[-1].seconds - taken[0].seconds < WARM_SECONDS:
            continue  # too short to tell growth from the start
        warm, late = taken[quarter : 2 * quarter], taken[-quarter:]
        memory = median(sample.memory for sample in late) - median(sample.memory for sample in warm)
        files = median(sample.files for sample in late) - median(sample.files for sample in warm)
        if memory > bounds.memory:
            yield f"memory of {process} grew by {memory / 2**20:.0f} MiB"
        if files > bounds.files:
            yield f"open files of {process} grew by {files:.0f}"


def _places(inputs: Iterable[Seen]) -> dict[str, tuple[int, int]]:
    """Return partition and offset of each event that was sent once; the others have no order."""
    inputs = list(inputs)
    counts = Counter(identity(record)[1] for record in inputs)
    events = [(identity(record)[1], record) for record in inputs]
    return {event: (record.partition, record.offset) for event, record in events if counts[event] == 1}


def _first_of_each(records: Iterable[Seen], input_topic: str) -> Iterator[Seen]:
    """Yield the records that a reader keeps if it drops repeated event ids, and all of `input_topic`."""
    kept: set[tuple[str, Identity]] = set()
    for record in records:
        if record.topic == input_topic or (record.topic, identity(record)) not in kept:
            kept.add((record.topic, identity(record)))
            yield record


def _named(who: Identity) -> str:
    key, event = who
    return f"article {key.decode(errors='backslashreplace') if key is not None else None} event {event[:12]}"
