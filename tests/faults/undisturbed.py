"""What a stage with a state makes of its input when nothing fails: all records in one go, from the first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from streams.records import Outgoing, place_of
from streams.stateful import StatefulStage, States

if TYPE_CHECKING:
    from tests.faults.checker import Seen


class NoHistory:
    """A topic that is empty."""

    def results(self, topic: str, partition: int, since: Callable[[bytes], int]) -> Iterator[bytes]:
        """Yield nothing."""
        return iter(())


def undisturbed(final: Iterable[Seen], stateful: Mapping[str, StatefulStage]) -> dict[str, list[Outgoing]]:
    """Return the output for each record that a stage in `stateful` reads, by its place.

    `stateful` has the stage that reads each topic. `final` is in the order of offsets.
    """
    inputs: dict[tuple[str, int], list[Seen]] = defaultdict(list)
    for record in final:
        if record.topic in stateful:
            inputs[record.topic, record.partition].append(record)
    made = {}
    for (topic, partition), records in inputs.items():
        stage = stateful[topic].stage
        states = States({stage.name: stateful[topic]}, NoHistory())
        states.prepare(stage.name, partition, 0)
        payloads = zip((record.offset for record in records), stage.payloads(records), strict=True)
        outcomes, _ = states.process(stage.name, partition, 0, list(payloads))
        for record, outcome in zip(records, outcomes, strict=True):
            made[place_of(record)] = stage.forward([record], [outcome])
    return made


def out_of_sequence(
    final: Iterable[Seen], stateful: Mapping[str, StatefulStage], made: Mapping[str, list[Outgoing]]
) -> Iterator[str]:
    """Yield a line for each output partition whose values are not those of an undisturbed run, in order.

    `made` has the output of an undisturbed run.
    """
    outputs = {stage.output for stage in stateful.values()}
    came: dict[tuple[str, int], list[bytes | None]] = defaultdict(list)
    due: dict[tuple[str, int], list[bytes | None]] = defaultdict(list)
    for record in final:
        if record.topic in outputs:
            came[record.topic, record.partition].append(record.value)
        for outgoing in made.get(place_of(record), ()) if record.topic in stateful else ():
            if outgoing.topic in outputs:
                due[outgoing.topic, record.partition].append(outgoing.value)
    for at in sorted({*came, *due}):
        if came[at] != due[at]:
            pairs = zip(came[at], due[at], strict=False)
            first = next((n for n, (is_there, wanted) in enumerate(pairs) if is_there != wanted), None)
            where = f"differs from number {first} on" if first is not None else "has another length"
            yield f"{at[0]}-{at[1]}: the state was disturbed: the sequence of results {where}"
