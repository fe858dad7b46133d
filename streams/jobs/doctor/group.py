"""The checks of the workers' group: who works, on which partitions, and from which offsets."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from kafka import TopicPartition

from streams.jobs.doctor.findings import Finding, note, ok, problem
from streams.jobs.doctor.wire import listed
from streams.kafka.inspection import Group, Member, Position
from streams.wording import plural

REBALANCING = ("PreparingRebalance", "CompletingRebalance")


def check_workers(
    group: Group,
    partitions: Sequence[TopicPartition],
    stages: Mapping[str, str],
    left_out: Collection[str] = (),
) -> Iterator[Finding]:
    """Compare the members of `group` with the `partitions` of the topics that `stages` read, by topic.

    Nobody needs to run the stages of the topics that are `left_out`.
    """
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
    found = [
        _judge_idle(topic, stage, idle, owned, may_be_left_out=topic in left_out)
        for topic, stage in stages.items()
        if (idle := [each for each in partitions if each.topic == topic and each not in owned])
    ]
    yield from found
    if spare := [member for member in group.members if not member.partitions]:
        yield note(
            "workers",
            f"{plural(len(spare), 'worker')} of {len(group.members)} without a partition "
            f"({', '.join(map(_name, spare))}): each partition has one worker at most",
            "it takes over when another one ends; `wireroom topics create --partitions N` adds work for it",
        )
    if not found and not spare:
        workers, work = plural(len(group.members), "worker"), plural(len(owned), "partition")
        yield ok("workers", f"{workers} for {work} in group {group.name}")


def _judge_idle(
    topic: str,
    stage: str,
    idle: Sequence[TopicPartition],
    owned: Collection[TopicPartition],
    *,
    may_be_left_out: bool,
) -> Finding:
    """Return the finding about the `idle` partitions of `topic`; workers have those `owned`."""
    if any(partition.topic == topic for partition in owned):
        names = [f"{partition.topic}-{partition.partition}" for partition in idle]
        return problem(
            "workers",
            f"{listed(names, 'partition')} without a worker",
            "a worker takes new partitions within 15 seconds; if none does, restart the workers",
        )
    start = f"start one with `wireroom worker --stage {stage}`"
    if may_be_left_out:
        return note(
            "workers",
            f"no worker of the group has ever run the stage {stage}, which reads {topic}",
            f"nothing, or {start}",
        )
    return problem("workers", f"no worker runs the stage {stage}, which reads {topic}", start)


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
