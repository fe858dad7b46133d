"""The checks of the topics: they exist, are as the settings say, and every partition works."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from streams.jobs.doctor.findings import Finding, note, ok, problem
from streams.kafka.admin import TopicState, differences
from streams.kafka.inspection import PartitionState
from streams.topics import Topics, TopicSpec
from streams.wording import plural

NAMED = 5  # topics or partitions that a message names


def check_topics(
    specs: Sequence[TopicSpec], states: Mapping[str, TopicState], topics: Topics, bootstrap: str
) -> Iterator[Finding]:
    """Compare the topics with what the settings ask for."""
    missing = [spec.name for spec in specs if spec.name not in states]
    if missing:
        yield problem(
            "topics",
            f"{listed(missing, 'topic')} missing at {bootstrap}",
            "create what is missing with `wireroom topics create`",
        )
    differing: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for spec in specs:
        for difference in differences(spec, states[spec.name]) if spec.name in states else ():
            differing[difference, _fix(difference, spec, topics)].append(spec.name)
    for (difference, fix), names in differing.items():
        yield problem("topics", f"{difference} on {', '.join(names[:NAMED])}{_more(names)}", fix)
    unequal = [
        *_unequal(topics.stages(), states, "the stage topics", "wireroom topics create --partitions {}"),
        *_unequal(
            (topics.fingerprints, topics.stories),
            states,
            "the topics of stories",
            "WIREROOM_STORY_PARTITIONS={} wireroom topics create",
        ),
    ]
    yield from unequal
    if not missing and not differing and not unequal:
        yield ok("topics", f"{plural(len(specs), 'topic')} as the settings ask for")


def _unequal(
    names: Sequence[str], states: Mapping[str, TopicState], subject: str, command: str
) -> Iterator[Finding]:
    """Tell if the topics called `names` differ in their partitions."""
    counts = {name: states[name].partitions for name in names if name in states}
    if len(set(counts.values())) > 1:
        yield problem(
            "topics",
            f"{subject} differ in their partitions: "
            + ", ".join(f"{name} has {count}" for name, count in counts.items()),
            f"`{command.format(max(counts.values()))}` adds those that are missing",
        )


def check_partitions(
    partitions: Sequence[PartitionState], states: Mapping[str, TopicState], replication: int
) -> Iterator[Finding]:
    """Tell which partitions have no leader, or too few replicas."""
    wrong = False
    leaderless = [_name(state) for state in partitions if state.leader is None]
    if leaderless:
        wrong = True
        yield problem(
            "partitions",
            f"{listed(leaderless, 'partition')} without a leader: no worker commits until all have one",
            "start the brokers that stopped",
        )
    behind = [_name(state) for state in partitions if len(state.in_sync) < len(state.replicas)]
    if behind:
        wrong = True
        yield problem(
            "partitions",
            f"{listed(behind, 'partition')} with replicas that are not in sync",
            "start the brokers that stopped, or wait until they have caught up",
        )
    few = [name for name, state in states.items() if state.replication < replication]
    if few:
        wrong = True
        yield problem(
            "partitions",
            f"{listed(few, 'topic')} with fewer replicas than WIREROOM_REPLICATION={replication}",
            "add replicas with Kafka's kafka-reassign-partitions.sh, or set WIREROOM_REPLICATION lower",
        )
    yield from _unsafe(states)
    if not wrong:
        yield ok("partitions", f"{plural(len(partitions), 'partition')} with leader and replicas")


def listed(names: Sequence[str], noun: str) -> str:
    """Return the number of `names` with `noun`, and the first names: "2 topics (a, b)"."""
    return f"{plural(len(names), noun)} ({', '.join(names[:NAMED])}{_more(names)})"


def _unsafe(states: Mapping[str, TopicState]) -> Iterator[Finding]:
    """Tell which topics refuse every write, or acknowledge what only one replica has."""
    refusing, single = [], []
    for name, state in states.items():
        in_sync = int(state.config.get("min.insync.replicas") or 1)
        if in_sync > state.replication:
            refusing.append(name)
        elif in_sync < 2 <= state.replication:
            single.append(name)
    if refusing:
        yield problem(
            "partitions",
            f"{listed(refusing, 'topic')} with min.insync.replicas above the number of replicas: "
            "nothing can be written",
            "lower min.insync.replicas of the topic",
        )
    if single:
        yield note(
            "partitions",
            f"{listed(single, 'topic')} with min.insync.replicas 1: one broken disk can lose articles",
            "set min.insync.replicas of the topics to 2",
        )


def _fix(difference: str, spec: TopicSpec, topics: Topics) -> str:
    """Return what to do about a `difference` from `spec`."""
    if difference.startswith("partitions"):
        added = "`wireroom topics create` adds those that are missing"
        if spec.name in (topics.fingerprints, topics.stories):
            return (
                f"set WIREROOM_STORY_PARTITIONS to what they have; {added}; articles of two partitions never "
                "share a story"
            )
        return f"set WIREROOM_PARTITIONS to what they have; {added}"
    if spec.name == topics.stories and difference.startswith("retention.ms"):
        return (
            f"set retention.ms of {spec.name} to {spec.config['retention.ms']} with Kafka's "
            "kafka-configs.sh, or change WIREROOM_STORY_DAYS: a worker restores that many days from it"
        )
    return "change the topic with Kafka's kafka-configs.sh, or the setting"


def _name(state: PartitionState) -> str:
    return f"{state.partition.topic}-{state.partition.partition}"


def _more(names: Sequence[str]) -> str:
    return f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
