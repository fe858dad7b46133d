"""The doctor sees events of other versions, and articles that other models or label files made."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from kafka import TopicPartition

from streams.enrich import Enricher, build_enricher
from streams.events import (
    CleanArticle,
    Component,
    EnrichedArticle,
    Fingerprint,
    Provenance,
    RawArticle,
    TaggedArticle,
)
from streams.headers import Header
from streams.jobs.doctor.findings import Finding, Status
from streams.jobs.doctor.versions import check_models, check_schema, latest_records, provenance_of
from streams.kafka.admin import administer
from streams.kafka.batches import LogRecord
from streams.topics import Topics
from tests.broker.wire import Wire
from tests.fakes.transactions import transactions

TOPICS = Topics("news")
NAMES = "news.clean, news.tagged, news.enriched, news.fingerprints and news.stories"
NOON = 1_772_366_400_000  # 2026-03-01T12:00:00Z, in milliseconds
OURS = Provenance(
    cleaner=Component(name="cleaner", version="2"),
    tagger=Component(name="compact", version="1", model="m5"),
    labeller=Component(name="compact", version="1"),
    taxonomy="0123",
)


def enriched(
    partition: int, provenance: Provenance = OURS, *, seconds: int = 0, ce_type: str = EnrichedArticle.ce_type
) -> LogRecord:
    """Return the record of an enriched article, `seconds` after noon."""
    article = EnrichedArticle(
        article_id="a1", text="Talks.", entities=[], labels=[], scores={}, provenance=provenance
    )
    headers: list[Header] = [("ce_type", ce_type.encode())]
    timestamp = NOON + 1000 * seconds
    return LogRecord(TOPICS.enriched, partition, 7, timestamp, article.key, article.to_bytes(), headers)


def latest(*records: LogRecord) -> Mapping[TopicPartition, LogRecord]:
    return {TopicPartition(record.topic, record.partition): record for record in records}


def models(*records: LogRecord) -> list[Finding]:
    return list(check_models(latest(*records), OURS, TOPICS))


def test_articles_of_this_installation_are_well():
    made, labelled = models(enriched(0), enriched(1))

    assert (made.check, made.status) == ("models", Status.OK)
    assert made.text == "cleaner cleaner 2, tagger compact 1 (m5), labeller compact 1, as here"
    assert (labelled.check, labelled.status) == ("taxonomy", Status.OK)
    assert labelled.text == "taxonomy 0123, as here"


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({"tagger": Component(name="rules", version="1")}, "models"),
        ({"tagger": Component(name="compact", version="1", model="m4")}, "models"),
        ({"cleaner": Component(name="cleaner", version="1")}, "models"),
        ({"labeller": None}, "models"),
        ({"taxonomy": "4567"}, "taxonomy"),
    ],
)
def test_an_article_of_another_version_is_a_problem(change, check):
    theirs = OURS.model_copy(update=change)

    findings = models(enriched(0, theirs, seconds=60), enriched(1))

    wrong = [finding for finding in findings if finding.status is Status.PROBLEM]
    assert [finding.check for finding in wrong] == [check]
    assert wrong[0].text.startswith("the latest article, news.enriched 0-7 of 2026-03-01T12:01:00.000Z, has ")
    assert wrong[0].fix


def test_an_older_article_of_another_version_is_noted():
    old = OURS.model_copy(update={"taxonomy": "4567"})

    _, finding = models(enriched(0, old), enriched(1, seconds=60))

    assert finding.status is Status.NOTE
    assert finding.text == (
        "the latest article has taxonomy 0123, as here, and the latest in 1 partition has taxonomy 4567 "
        "(news.enriched 0-7 of 2026-03-01T12:00:00.000Z)"
    )


def test_before_the_first_article_the_versions_here_are_told():
    assert [(finding.status, finding.text) for finding in models()] == [
        (
            Status.OK,
            "no enriched article yet; here: cleaner cleaner 2, tagger compact 1 (m5), labeller compact 1",
        ),
        (Status.OK, "no enriched article yet; here: taxonomy 0123"),
    ]


def test_the_provenance_here_is_what_an_article_would_get():
    enricher = build_enricher(tagger="rules", gazetteer=None, taxonomy=None)

    provenance = provenance_of(enricher)

    (article,) = enricher.enrich([RawArticle(body="Talks between Norway and Chile went on in Santiago.")])
    assert provenance == article.provenance
    assert provenance_of(Enricher(None, None, None)) == Provenance()


def schema(*records: LogRecord) -> list[tuple[Status, str]]:
    return [(finding.status, finding.text) for finding in check_schema(latest(*records), TOPICS)]


def test_events_of_this_version_are_well():
    clean = CleanArticle(text="Talks.")
    record = LogRecord(
        TOPICS.clean, 0, 1, NOON, clean.key, clean.to_bytes(), [("ce_type", CleanArticle.ce_type.encode())]
    )
    tombstone = enriched(1)._replace(value=None)
    raw = enriched(2)._replace(topic=TOPICS.raw, value=b"anything")

    assert schema(enriched(0), record, tombstone, raw) == [
        (
            Status.OK,
            f"read 2 events of this version on {NAMES}",
        )
    ]


def test_without_events_there_is_nothing_to_compare():
    assert schema() == [
        (
            Status.OK,
            f"no event yet on {NAMES}",
        )
    ]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (enriched(0, ce_type="news.article.enriched.v2"), "ce_type is news.article.enriched.v2, not"),
        (enriched(0)._replace(headers=[]), "ce_type is None, not news.article.enriched.v1"),
        (enriched(0)._replace(value=b"{"), "EOF"),
        (enriched(0)._replace(value=b"\xff"), "not UTF-8"),
        (
            enriched(0)._replace(
                topic=TOPICS.tagged, value=b"{}", headers=[("ce_type", TaggedArticle.ce_type.encode())]
            ),
            "not a valid TaggedArticle: text is missing",
        ),
        (
            enriched(0, ce_type=Fingerprint.ce_type)._replace(topic=TOPICS.fingerprints, value=b"{}"),
            "not a valid Fingerprint: article_id must have",
        ),
        (
            enriched(0, ce_type="news.article.story.v2")._replace(topic=TOPICS.stories),
            "ce_type is news.article.story.v2, not news.article.story.v1",
        ),
    ],
)
def test_an_event_that_this_version_does_not_write_is_a_problem(record, reason):
    ((status, text),) = schema(record)

    assert status is Status.PROBLEM
    assert text.startswith(f"{record.topic} 0-7: ")
    assert reason in text


def test_the_latest_record_is_found_behind_markers_and_aborted_records(wire: Wire):
    partitions = [TopicPartition(wire.topics.clean, number) for number in range(3)]
    with transactions(wire.bootstrap) as writer:
        writer.commit(wire.topics.clean, [b"first", b"last"])
        writer.commit(wire.topics.clean, [b"other"], partition=1)
        for _ in range(4):
            writer.abort(wire.topics.clean, [b"never"], partition=1)

    with administer(wire.connection) as admin:
        records = latest_records(admin, partitions, wire.bootstrap)

    assert {partition.partition: record.value for partition, record in records.items()} == {
        0: b"last",
        1: b"other",
    }
