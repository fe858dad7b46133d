"""Label again what was labelled before, with the taxonomy in use now, into the same topics, exactly once.

    news.tagged --[labels]--> news.enriched
                          \\--> news.labels.<label>, and a tombstone on those of labels that were lost

What is labelled again: of every article its latest version on news.tagged, as far as the workers' label stage
has come; what still waits is labelled by the workers, once. Results, tombstones and how far they reach are
one transaction for each batch, so a run that died is continued by the next one, a finished one repeats
nothing, and a second one at the same time takes over from the first.

The progress is the offset that the group `GROUP.relabel` has committed on news.tagged, with the taxonomy and
the first offset in its metadata; another taxonomy, or an earlier start, begins anew. An article whose record
on news.enriched would be the same bytes is left alone.

Before each transaction articles are dropped of which a newer version is on news.tagged by then, so that an
old version does not come after a new one. A version that arrives in the milliseconds between that look and
the sending, and that a worker labels faster, is the exception. The next run heals it: the newer version lies
behind the end of this run, and is not what news.enriched holds.

In memory an article takes about 800 bytes: where its latest version is, and what it was labelled.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from math import nan
from typing import NamedTuple

from aiokafka import TopicPartition as ProducedPartition
from kafka import TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from pydantic import BaseModel, ValidationError

from streams.enrich import Enricher
from streams.enrich.labels import Labeller, load_labeller
from streams.errors import EnrichmentError, Unexpected
from streams.events import TaggedArticle
from streams.kafka.admin import committed_offsets, end_offsets
from streams.kafka.connect import topic_missing
from streams.kafka.reader import TopicReader
from streams.kafka.transactions import (
    BYTES_PER_TRANSACTION,
    Message,
    Offsets,
    send_in_transaction,
    transactional_job,
)
from streams.settings import Settings
from streams.stage import Outgoing, where
from streams.topology import stages

MOVED = 0.01  # a score that differs by more has moved


@dataclass
class Change:
    """Articles by what became of one label; the four add up to the articles that were labelled again.

    A score that moved is of an article that has the label, or has it not, as before. Where there is no score
    before or after, as with a new label, none has moved.
    """

    gained: int = 0
    lost: int = 0
    moved: int = 0
    unchanged: int = 0


@dataclass
class Relabelling:
    """What a run did, or with a dry run would do, in articles."""

    taxonomy: str
    labels: dict[str, Change] = field(default_factory=dict)
    written: int = 0
    left_alone: int = 0  # news.enriched holds the same bytes
    overtaken: int = 0  # a newer version waits for the label stage, or came meanwhile
    waiting: int = 0  # records on news.tagged that the label stage had not reached at the start
    failed: list[tuple[str, EnrichmentError]] = field(default_factory=list)  # place on news.tagged, and why

    @property
    def articles(self) -> int:
        """How many were labelled again."""
        return self.written + self.left_alone


def relabel(
    settings: Settings,
    *,
    since: datetime | None = None,
    most: int | None = None,
    dry_run: bool = False,
    on_articles: Callable[[int, int], None] = lambda _done, _of: None,
) -> Relabelling:
    """Label again what was tagged SINCE then, or all that news.tagged holds, MOST articles at most.

    ON_ARTICLES is called with how many are done, and of how many, after each transaction. An article that
    cannot be labelled stays as it was. A dry run writes nothing and disturbs no other run.

    Raises TaxonomyError, and BrokerError when the broker or a topic is missing, or when another run has
    started meanwhile, which continues in place of this one.
    """
    labeller = load_labeller(settings.taxonomy)
    with (
        contextlib.closing(TopicReader(settings.broker)) as reader,
        contextlib.closing(TopicReader(settings.broker)) as newcomers,
    ):
        run = _Run(settings, labeller, reader, _Arrivals(newcomers), since, most)
        run.check_topics()
        if dry_run:
            run.look_around()
            for batch in run.batches():
                run.drop_overtaken(batch)
                run.count(batch)
                on_articles(run.outcome.articles, run.expected)
        else:
            asyncio.run(_send(run, on_articles))
    return run.outcome


async def _send(run: _Run, on_articles: Callable[[int, int], None]) -> None:
    """Send what RUN makes, a transaction for each batch."""
    async with transactional_job(
        "relabel", run.settings.broker, run.group, verb="written", done=lambda: _written(run)
    ) as producer:
        # An earlier run is fenced and its transaction ended: only now it shows how far it came.
        await asyncio.to_thread(run.look_around)
        batches = run.batches()
        while batch := await asyncio.to_thread(next, batches, None):
            await asyncio.to_thread(run.drop_overtaken, batch)
            await send_in_transaction(producer, run.messages(batch), run.progress(batch))
            run.count(batch)
            on_articles(run.outcome.articles, run.expected)


class _Carried(BaseModel):
    label: str


class _Labelling(BaseModel):
    """What of an EnrichedArticle is compared."""

    labels: list[_Carried]
    scores: dict[str, float | None]


class _State(NamedTuple):
    """What an article was labelled, in little memory."""

    labels: tuple[str, ...]
    names: tuple[str, ...]  # of the scores; like the labels shared by all articles that have the same
    scores: array[float]
    digest: bytes

    def score(self, label: str) -> float:
        """The score of LABEL; nan where there is none."""
        return self.scores[self.names.index(label)] if label in self.names else nan


@dataclass(slots=True)
class _Place:
    """Where the latest version of an article is on a topic; partitions are compared by time."""

    partition: int
    offset: int
    timestamp: int

    def precedes(self, record: ConsumerRecord) -> bool:
        """Whether RECORD, read after this one, is the later version."""
        return bool(record.partition == self.partition or record.timestamp >= self.timestamp)


class _Span(NamedTuple):
    """What of a partition is to be read, and the first offset of what is done with this taxonomy then."""

    partition: TopicPartition
    start: int
    end: int
    since: int


class _Relabelled(NamedTuple):
    """An article as it was and as it is now, with what is to be sent unless it is the same."""

    key: bytes | None
    before: _State | None
    after: _State
    outgoing: list[Outgoing]

    @property
    def is_same(self) -> bool:
        return self.before is not None and self.before.digest == self.after.digest

    @property
    def lost(self) -> list[str]:
        """The labels that it no longer carries."""
        return (
            [label for label in self.before.labels if label not in self.after.labels] if self.before else []
        )


@dataclass
class _Batch:
    """What one transaction is made of: articles, and the offset before which all is done."""

    span: _Span
    done: int
    articles: list[_Relabelled]
    failed: list[tuple[str, EnrichmentError]]
    overtaken: int = 0


class _Arrivals:
    """What comes to news.tagged behind the articles that are labelled again."""

    def __init__(self, reader: TopicReader) -> None:
        self._reader = reader
        self._seen: dict[TopicPartition, int] = {}

    def start(self, at: dict[TopicPartition, int]) -> None:
        """Look from the offsets AT on."""
        self._seen = dict(at)

    def articles(self) -> Iterator[bytes]:
        """The articles that have come since the last look."""
        for partition, end in self._reader.ends(self._seen).items():
            if end > self._seen[partition]:
                records = self._reader.read_partition(partition, self._seen[partition], end)
                yield from (key for record in records if (key := _article(record)) is not None)
                self._seen[partition] = end


class _Run:
    """One run: what there is to do, and what was done."""

    def __init__(
        self,
        settings: Settings,
        labeller: Labeller,
        reader: TopicReader,
        arrivals: _Arrivals,
        since: datetime | None,
        most: int | None,
    ) -> None:
        self.settings = settings
        self.group = f"{settings.group}.relabel"
        self.outcome = Relabelling(labeller.taxonomy_hash)
        self.expected = 0  # articles to be labelled again
        self._labels = labeller.labels
        self._topics = settings.topics
        self._stage = stages(Enricher(None, None, labeller), settings.topics, settings.max_event_bytes)[2]
        self._reader = reader
        self._arrivals = arrivals
        self._since = since
        self._most = most
        self._spans: list[_Span] = []
        self._latest: dict[bytes, _Place] = {}
        self._before: dict[bytes, _State] = {}
        self._wanted: set[tuple[int, int]] = set()  # partition and offset of the latest versions
        self._names: dict[tuple[str, ...], tuple[str, ...]] = {}

    def check_topics(self) -> None:
        """Raise BrokerError unless every topic that may be written exists."""
        written = [self._topics.enriched, *map(self._topics.label, self._labels)]
        for topic in (self._topics.tagged, *written):
            if not self._reader.partition_count(topic):
                raise topic_missing(topic, self.settings.broker)

    def look_around(self) -> None:
        """Learn what there is to do, and what the articles are labelled now."""
        partitions = self._reader.partitions(self._topics.tagged)
        labelled = committed_offsets(self.settings.broker, self.settings.group, partitions)
        ends = {p: labelled[p].offset if p in labelled else 0 for p in partitions}
        self._spans = self._undone(ends)
        for span in self._spans:
            for record in self._reader.read_partition(span.partition, span.start, span.end):
                if (key := _article(record)) is not None:
                    known = self._latest.get(key)
                    if known is None or known.precedes(record):
                        self._latest[key] = _Place(record.partition, record.offset, record.timestamp)
        self._arrivals.start(ends)
        for key in self._arrivals.articles():
            self.outcome.waiting += 1
            self.outcome.overtaken += self._latest.pop(key, None) is not None
        self._wanted = {(place.partition, place.offset) for place in self._latest.values()}
        self.expected = min(len(self._wanted), self._most or len(self._wanted))
        self._learn_labels()

    def batches(self) -> Iterator[_Batch]:
        """The articles in batches for one transaction each, and at the end of each partition where it is."""
        left = self._most
        for span in self._spans:
            records: list[ConsumerRecord] = []
            size = 0
            for record in self._reader.read_partition(span.partition, span.start, span.end):
                if (record.partition, record.offset) not in self._wanted:
                    continue
                records.append(record)
                size += len(record.value)
                full = len(records) >= min(self.settings.batch_size, left or self.settings.batch_size)
                if full or size >= BYTES_PER_TRANSACTION:
                    left = None if left is None else left - len(records)
                    yield self._labelled(span, record.offset + 1, records)
                    records, size = [], 0
                    if left == 0:
                        return
            left = None if left is None else left - len(records)
            yield self._labelled(span, span.end, records)

    def drop_overtaken(self, batch: _Batch) -> None:
        """Take articles out of BATCH that have a newer version by now."""
        for key in self._arrivals.articles():
            self._latest.pop(key, None)
        current = [article for article in batch.articles if article.key in self._latest]
        batch.overtaken = len(batch.articles) - len(current)
        batch.articles = current

    def messages(self, batch: _Batch) -> Iterator[Message]:
        """What BATCH sends: results, and tombstones where a label was lost."""
        for article in batch.articles:
            if article.is_same:
                continue
            yield from (Message(*result[:4]) for result in article.outgoing)
            for topic in map(self._topics.label, article.lost):
                if self._reader.partition_count(topic):  # else the label was removed with its topic
                    yield Message(topic, article.key, None)

    def progress(self, batch: _Batch) -> Offsets:
        """How far all is done once BATCH is committed."""
        partition = ProducedPartition(batch.span.partition.topic, batch.span.partition.partition)
        note = f"{self.outcome.taxonomy} {batch.span.since}"
        return Offsets(self.group, {partition: (batch.done, note)})

    def count(self, batch: _Batch) -> None:
        """Add what became of BATCH to the outcome."""
        self.outcome.overtaken += batch.overtaken
        self.outcome.failed += batch.failed
        for article in batch.articles:
            if article.is_same:
                self.outcome.left_alone += 1
            else:
                self.outcome.written += 1
            self._count_labels(article)

    def _undone(self, ends: dict[TopicPartition, int]) -> list[_Span]:
        """What of each partition before ENDS is not done with this taxonomy."""
        if self._since is None:
            starts = self._reader.starts(ends)
        else:
            starts = self._reader.offsets_at(ends, self._since)
        committed = committed_offsets(self.settings.broker, self.group, list(ends))
        spans = []
        for partition, end in ends.items():
            start = since = starts[partition]
            if partition in committed:
                taxonomy, _, first = committed[partition].metadata.partition(" ")
                done = committed[partition].offset
                # Past the end it is that of a topic that was deleted and made again.
                if taxonomy == self.outcome.taxonomy and int(first) <= start <= done <= end:
                    start, since = done, int(first)
            if start < end:
                spans.append(_Span(partition, start, end, since))
        return spans

    def _learn_labels(self) -> None:
        """Read what the articles are labelled now: the latest record of each on news.enriched."""
        if not self._latest:
            return
        places: dict[bytes, _Place] = {}
        topic = self._topics.enriched
        # To the last record of transactions that are still open: what was labelled is in one of them.
        ends = end_offsets(self.settings.broker, [topic], "read_uncommitted")
        for partition, end in ends.items():
            for record in self._reader.read_partition(partition, 0, end):
                key = record.key
                if key not in self._latest or (key in places and not places[key].precedes(record)):
                    continue
                places[key] = _Place(record.partition, record.offset, record.timestamp)
                if state := self._state(record.value):
                    self._before[key] = state
                else:
                    self._before.pop(key, None)

    def _labelled(self, span: _Span, done: int, records: list[ConsumerRecord]) -> _Batch:
        """RECORDS through the label stage."""
        batch = _Batch(span, done, [], [])
        for record in records:
            first, *others = self._stage.work([record])
            after = self._state(first.value)
            if first.dead is not None or after is None:
                batch.failed.append((where(record), first.dead or Unexpected("no EnrichedArticle")))
            else:
                before = self._before.get(first.key or b"")
                batch.articles.append(_Relabelled(first.key, before, after, [first, *others]))
        return batch

    def _state(self, value: bytes | None) -> _State | None:
        """What the EnrichedArticle in VALUE was labelled; None when it is none."""
        try:
            labelling = _Labelling.model_validate_json(value or b"")
        except ValidationError:
            return None
        labels, names = tuple(carried.label for carried in labelling.labels), tuple(labelling.scores)
        return _State(
            self._names.setdefault(labels, labels),
            self._names.setdefault(names, names),
            array("f", (nan if score is None else score for score in labelling.scores.values())),
            hashlib.blake2b(value or b"", digest_size=16).digest(),
        )

    def _count_labels(self, article: _Relabelled) -> None:
        before, after = article.before or _State((), (), array("f"), b""), article.after
        for label in dict.fromkeys([*self._labels, *before.names, *before.labels]):
            change = self.outcome.labels.setdefault(label, Change())
            had, has = label in before.labels, label in after.labels
            if had != has:
                change.gained += has
                change.lost += had
            elif _moved(before.score(label), after.score(label)):
                change.moved += 1
            else:
                change.unchanged += 1


def _moved(before: float, after: float) -> bool:
    return abs(after - before) > MOVED  # never with nan: where there is no score, none has moved


def _article(record: ConsumerRecord) -> bytes | None:
    """The key of the article in RECORD as the label stage gives it; None when it is no TaggedArticle."""
    try:
        return TaggedArticle.model_validate_json(record.value or b"").key
    except ValidationError:
        return None


def _written(run: _Run) -> str:
    written = run.outcome.written
    return f"{written} article" if written == 1 else f"{written} articles"
