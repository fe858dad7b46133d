"""The checks of the workers' group: who works, on which partitions, and from which offsets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kafka import TopicPartition

from streams.jobs.doctor.findings import Finding, note, ok, problem
from streams.jobs.doctor.wire import listed
from streams.kafka.inspection import Group, Member, Position
from streams.wording import plural

REBALANCING = ("PreparingRebalance", "CompletingRebalance")


def check_workers(
    group: Group, partitions: Sequence[TopicPartition], stages: Mapping[str, str]
) -> Iterator[Finding]:
    """Compare the members of `group` with the `partitions` of the topics that `stages` read, by topic."""
    if group.state in REBALANCING:
        yield note(
            "workers",
            f"group {group.name} is handing out its partitions to {plural(len(group.members), 'worker')}",
            "run the doctor again; a group that never settles has workers that crash",
        )
        return
    if not group.members:
        yield problem("workers", f"no worker runs in group {group.name}", "start one with `wireroom worker`")
        return
    owned = {partition for member in group.members for partition in member.partitions}
    idle = {topic: [p for p in partitions if p.topic == topic and p not in owned] for topic in stages}
    wrong = False
    for topic, left in idle.items():
        if not left:
            continue
        wrong = True
        if any(partition.topic == topic for partition in owned):
            names = [f"{partition.topic}-{partition.partition}" for partition in left]
            yield problem(
                "workers",
                f"{listed(names, 'partition')} without a worker",
                "a worker takes new partitions within 15 seconds; if none does, restart the workers",
            )
        else:
            stage = stages[topic]
            yield problem(
                "workers",
                f"no worker runs the stage {stage}, which reads {topic}",
                f"start one with `wireroom worker --stage {stage}`",
            )
    if spare := [member for member in group.members if not member.partitions]:
        yield note(
            "workers",
            f"{plural(len(spare), 'worker')} of {len(group.members)} without a partition "
            f"({', '.join(map(_name, spare))}): each partition has one worker at most",
            "it takes over when another one ends; `wireroom topics create --partitions N` adds work for it",
        )
    if not wrong and not spare:
        workers, work = plural(len(group.members), "worker"), plural(len(owned), "partition")
        yield ok("workers", f"{workers} for {work} in group {group.name}")


def check_offsets(positions: Sequence[Position]) -> Iterator[Finding]:
    """Tell where the group's offsets do not fit the log."""
    wrong = False
    for position in positions:
        name = f"{position.partition.topic}-{position.partition.partition}"
        if position.committed is None:
            continue
        lost = position.start - position.committed
        if position.committed > position.high_watermark:
            wrong = True
            yield problem(
                "offsets",
                f"the group is at {position.committed:,} in {name}, which ends at "
                f"{position.high_watermark:,}: workers pass over what comes before, as after a topic was "
                "created again",
                "stop the workers, and reset the group with Kafka's kafka-consumer-groups.sh --reset-offsets "
                "--to-earliest",
            )
        elif lost > 0:
            wrong = True
            yield problem(
                "offsets",
                f"retention removed up to {plural(lost, 'record', ',')} of {name} before they were read",
                "raise WIREROOM_RETENTION_DAYS and retention.ms of the topics, or start more workers",
            )
    if not wrong:
        committed = sum(position.committed is not None for position in positions)
        text = (
            f"the group has an offset in {committed} of {plural(len(positions), 'partition')}"
            if committed
            else "the group has finished nothing yet"
        )
        yield ok("offsets", text)


def _name(member: Member) -> str:
    return f"{member.instance or member.id} at {member.host}"
