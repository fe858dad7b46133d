"""The checks of versions: what workers wrote last is what this installation would write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from kafka import KafkaAdminClient, TopicPartition
from pydantic import ValidationError

from streams.enrich import Enricher
from streams.events import (
    ArticleEvent,
    CleanArticle,
    Component,
    EnrichedArticle,
    Fingerprint,
    Provenance,
    StoryArticle,
    TaggedArticle,
)
from streams.headers import rfc3339, text_of
from streams.jobs.doctor.findings import Finding, note, ok, problem
from streams.kafka.batches import BatchReader, LogRecord
from streams.kafka.offsets import ends_of, starts_of
from streams.stage import why_invalid
from streams.topics import Topics
from streams.wording import plural

LOOK_BACK = (3, 300)  # offsets before the end; a marker is mostly the last one


def latest_records(
    admin: KafkaAdminClient, partitions: Sequence[TopicPartition], bootstrap: str
) -> dict[TopicPartition, LogRecord]:
    """Return the last committed record of each of `partitions`, if it is not far from the end."""
    starts, ends = starts_of(admin, partitions), ends_of(admin, partitions)
    reader = BatchReader(admin, bootstrap)
    latest: dict[TopicPartition, LogRecord] = {}
    for distance in LOOK_BACK:
        ranges = {
            partition: range(max(starts[partition], ends[partition] - distance), ends[partition])
            for partition in partitions
            if partition not in latest
        }
        last = {batch.partition: batch for batch in reader.read(ranges)}
        latest |= {partition: list(batch.records())[-1] for partition, batch in last.items()}
    return latest


def provenance_of(enricher: Enricher) -> Provenance:
    """Return what an article would have as its provenance after all stages of `enricher`."""
    return Provenance(
        cleaner=enricher.cleaner.provenance if enricher.cleaner else None,
        tagger=enricher.tagger.provenance if enricher.tagger else None,
        labeller=enricher.labeller.provenance if enricher.labeller else None,
        taxonomy=enricher.labeller.taxonomy_hash if enricher.labeller else None,
    )


def check_schema(latest: Mapping[TopicPartition, LogRecord], topics: Topics) -> Iterator[Finding]:
    """Tell which of the latest events are of another version, or not valid."""
    models: dict[str, type[ArticleEvent]] = {
        topics.clean: CleanArticle,
        topics.tagged: TaggedArticle,
        topics.enriched: EnrichedArticle,
        topics.fingerprints: Fingerprint,
        topics.stories: StoryArticle,
    }
    read = 0
    wrong = False
    for record in latest.values():
        model = models.get(record.topic)
        if model is None or record.value is None:
            continue
        read += 1
        if reason := _why_foreign(record, model):
            wrong = True
            yield problem(
                "schema",
                f"{place(record)}: {reason}",
                "run the same version of Wireroom everywhere, or find the program that wrote it",
            )
    if not wrong:
        *names, last = models
        seen = f"read {plural(read, 'event')} of this version" if read else "no event yet"
        yield ok("schema", f"{seen} on {', '.join(names)} and {last}")


def check_models(
    latest: Mapping[TopicPartition, LogRecord], ours: Provenance, topics: Topics
) -> Iterator[Finding]:
    """Compare the models and the taxonomy of the latest enriched articles with `ours`."""
    made = [
        (record, provenance)
        for record in sorted(latest.values(), key=lambda record: record.timestamp)
        if record.topic == topics.enriched and (provenance := _provenance(record)) is not None
    ]
    yield from _compare("models", made, _models, ours)
    yield from _compare("taxonomy", made, lambda provenance: f"taxonomy {provenance.taxonomy}", ours)


_FIXES = {
    "models": "run workers and this command with the same version, WIREROOM_TAGGER, WIREROOM_LABELLER and "
    "WIREROOM_GAZETTEER; restart the workers after a change",
    "taxonomy": "run workers and this command with the same WIREROOM_TAXONOMY; restart the workers after a "
    "change, and label older articles again with `wireroom relabel --from beginning`",
}


def _compare(
    check: str,
    made: Sequence[tuple[LogRecord, Provenance]],
    describe: Callable[[Provenance], str],
    ours: Provenance,
) -> Iterator[Finding]:
    """Compare what `describe` says of the articles in `made`, the latest at the end, and of `ours`."""
    here = describe(ours)
    if not made:
        yield ok(check, f"no enriched article yet; here: {here}")
        return
    others = [(record, describe(theirs)) for record, theirs in made if describe(theirs) != here]
    record, theirs = made[-1]
    if describe(theirs) != here:
        latest = f"the latest article, {place(record)} of {written_at(record)},"
        yield problem(
            check,
            f"{latest} has {describe(theirs)}; here: {here}",
            _FIXES[check],
        )
    elif others:
        record, other = others[-1]
        yield note(
            check,
            f"the latest article has {here}, as here, and the latest in {plural(len(others), 'partition')} "
            f"has {other} ({place(record)} of {written_at(record)})",
            "nothing if the workers were restarted since; else restart those with other versions",
        )
    else:
        yield ok(check, f"{here}, as here")


def _models(provenance: Provenance) -> str:
    parts = {
        "cleaner": provenance.cleaner,
        "tagger": provenance.tagger,
        "labeller": provenance.labeller,
    }
    return ", ".join(f"{part} {_component(component)}" for part, component in parts.items() if component)


def _component(component: Component) -> str:
    model = f" ({component.model})" if component.model else ""
    return f"{component.name} {component.version}{model}"


def _why_foreign(record: LogRecord, model: type[ArticleEvent]) -> str | None:
    """Return why `record` is not the event that this version writes; None if it is."""
    ce_type = text_of(record.headers, "ce_type")
    if ce_type != model.ce_type:
        return f"ce_type is {ce_type}, not {model.ce_type}"
    try:
        model.model_validate_json(record.value or b"")
    except ValidationError as error:
        return str(why_invalid(record.value or b"", model.__name__, error))
    return None


def _provenance(record: LogRecord) -> Provenance | None:
    try:
        return EnrichedArticle.model_validate_json(record.value or b"").provenance
    except ValidationError:
        return None


def place(record: LogRecord) -> str:
    """Return the topic, partition and offset of `record`: "news.enriched 0-7"."""
    return f"{record.topic} {record.partition}-{record.offset}"


def written_at(record: LogRecord) -> str:
    """Return the time of `record` in RFC 3339."""
    return rfc3339(datetime.fromtimestamp(record.timestamp / 1000, UTC))
