"""The check of the stories: what is on their topics can be read here, also when a state is restored from it.

A fingerprint has a version of its own. A worker makes a fingerprint of another version a dead letter, and
leaves a story of another version out of the state that it restores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from kafka import KafkaAdminClient, TopicPartition
from pydantic import ValidationError

from streams.errors import UnknownFingerprint
from streams.events import Fingerprint, StoryArticle
from streams.jobs.doctor.findings import Finding, note, ok, problem
from streams.jobs.doctor.versions import place, written_at
from streams.kafka.batches import BatchReader, LogRecord
from streams.kafka.offsets import offset_at
from streams.story_stage import story_since
from streams.topics import Topics
from streams.wording import plural

_ONE_KIND = (
    "run all workers and this command with the same WIREROOM_STORY_VECTORS: articles with vectors of two "
    "kinds are compared by their words alone"
)
_UPDATE = "update the workers, and this command, to the version of Wireroom that wrote it"
_OLD = {
    "labels": "update or restart the workers of the stage labels; publish the articles of dead letters with "
    "the reason UnknownFingerprint again",
    "stories": "update or restart the workers of the stage stories; a state that is restored now begins "
    "without older stories",
}


def first_restored(
    admin: KafkaAdminClient,
    latest: Mapping[TopicPartition, LogRecord],
    topics: Topics,
    days: float,
    bootstrap: str,
) -> dict[TopicPartition, LogRecord]:
    """Return the first story of each partition that a worker would restore its state from.

    `latest` has the last record of each partition, and `days` are those that the index of stories remembers.
    """
    found: dict[TopicPartition, LogRecord] = {}
    reader = BatchReader(admin, bootstrap)
    for partition, record in latest.items():
        if partition.topic != topics.stories or record.value is None:
            continue
        start = offset_at(admin, partition, story_since(days, record.value)) or 0
        wanted = range(start, record.offset + 1)
        batches = reader.read({partition: wanted}, max_bytes=1)  # one request
        records = (each for batch in batches for each in batch.records() if each.offset in wanted)
        if (first := next(records, None)) is not None:
            found[partition] = first
    return found


def check_stories(
    latest: Mapping[TopicPartition, LogRecord],
    restored: Mapping[TopicPartition, LogRecord],
    topics: Topics,
    vectors: str,
) -> Iterator[Finding]:
    """Tell which fingerprints of the `latest` records, and of those `restored` first, cannot be read here.

    Tell also if the latest ones have other vectors than those called `vectors`.
    """
    from streams.stories.encoder import NAMES  # numpy: only this check needs it

    read, wrong, noted = 0, False, False
    if vectors not in NAMES:
        noted = True
        yield problem("stories", f"WIREROOM_STORY_VECTORS is {vectors!r}", f"set it to {' or '.join(NAMES)}")
    for record in latest.values():
        fingerprint = _fingerprint(record, topics)
        if fingerprint is None:
            continue
        read += 1
        if reason := why_unreadable(fingerprint):
            wrong = True
            yield problem("stories", f"{place(record)}: {reason}", _fix(fingerprint, record, topics))
        elif record.topic == topics.fingerprints and not noted and _differ(fingerprint, vectors):
            noted = True
            made = f"{_vectors_of(fingerprint)} vectors; here: {vectors}"
            yield note("stories", f"{place(record)} of {written_at(record)} has {made}", _ONE_KIND)
    for partition, record in restored.items():
        fingerprint = _fingerprint(record, topics)
        if wrong or fingerprint is None or not (reason := why_unreadable(fingerprint)):
            continue
        wrong = True
        yield note(
            "stories",
            f"a worker that restores the stories of {partition.topic}-{partition.partition} leaves out some: "
            f"of {place(record)} of {written_at(record)}, {reason}",
            "nothing, if that was before an update: later articles of such a story begin a new one",
        )
    if not (wrong or noted):
        seen = f"read {plural(read, 'fingerprint')} of known versions" if read else "no fingerprint yet"
        yield ok("stories", f"{seen} on {topics.fingerprints} and {topics.stories}")


def _differ(fingerprint: Fingerprint, vectors: str) -> bool:
    return _vectors_of(fingerprint) not in (None, vectors)


def _vectors_of(fingerprint: Fingerprint) -> str | None:
    """Return the name of the vectors of `fingerprint`; None for those of an older release."""
    from streams.stories.fingerprint import ENCODED_VERSION, VERSION

    return {VERSION: "compact", ENCODED_VERSION: "accurate"}.get(fingerprint.version)


def why_unreadable(fingerprint: Fingerprint) -> str | None:
    """Return why the index of stories here cannot read `fingerprint`; None if it can."""
    from streams.stories.fingerprint import NEWEST_VERSION, OLDEST_VERSION, decode  # it needs numpy

    if not OLDEST_VERSION <= fingerprint.version <= NEWEST_VERSION:
        return (
            f"the fingerprint has version {fingerprint.version}, and versions {OLDEST_VERSION} to "
            f"{NEWEST_VERSION} are read here"
        )
    try:
        decode(fingerprint)
    except UnknownFingerprint as error:
        return str(error)
    return None


def _fix(fingerprint: Fingerprint, record: LogRecord, topics: Topics) -> str:
    from streams.stories.fingerprint import NEWEST_VERSION, OLDEST_VERSION

    if fingerprint.version > NEWEST_VERSION:
        return _UPDATE
    if fingerprint.version < OLDEST_VERSION:
        return _OLD["labels" if record.topic == topics.fingerprints else "stories"]
    return "find the program that wrote it, and publish the article again"


def _fingerprint(record: LogRecord, topics: Topics) -> Fingerprint | None:
    """Return the fingerprint in `record`, None if its topic has none or it is not valid."""
    reading: dict[str, Callable[[bytes], Fingerprint]] = {
        topics.fingerprints: Fingerprint.model_validate_json,
        topics.stories: lambda value: StoryArticle.model_validate_json(value).fingerprint,
    }
    if record.topic not in reading or record.value is None:
        return None
    try:
        return reading[record.topic](record.value)
    except ValidationError:  # the check of the schema tells
        return None
