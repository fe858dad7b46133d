"""Label articles again with the taxonomy in use now, into the same topics, exactly once.

    news.tagged --[labels]--> news.enriched
                          \\--> news.labels.<label>, and a tombstone on the topics of labels that were lost

A run relabels the latest version of each article on news.tagged, up to the workers' committed offset. Each
transaction holds the results of a batch, its tombstones, and the progress: the offset of the group
`GROUP.relabel` on news.tagged, with the taxonomy and the first offset in its metadata. So a run continues one
that died, repeats nothing that is done, and takes over from one that is running. Another taxonomy, or an
earlier start, begins from the start.

Before each transaction the run drops articles of which a newer version is on news.tagged, so that an old
version does not follow a new one. A version that arrives in the milliseconds after that, and that a worker
labels faster, is the exception. The next run repairs it.

An article takes about 800 bytes of memory: the place of its latest version, and its labels.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from aiokafka import TopicPartition as ProducedPartition

from streams.enrich import Enricher
from streams.enrich.labels import Labeller
from streams.errors import EnrichmentError, Unexpected
from streams.jobs.relabel_plan import Arrivals, Plan, RecordBatch, Selection, Version
from streams.jobs.relabel_report import Change, LabelState, LabelStates, Relabelling
from streams.kafka.connection import Connection, topic_missing
from streams.kafka.offsets import end_offsets
from streams.kafka.reader import TopicReader
from streams.kafka.transactions import Offsets, send_in_transaction, transactional_job
from streams.records import Outgoing, place_of
from streams.stage import Stage
from streams.topics import Topics
from streams.topology import stages
from streams.wording import plural

__all__ = ["Change", "Relabelling", "relabel"]


def relabel(
    connection: Connection,
    topics: Topics,
    group: str,
    labeller: Labeller,
    *,
    batch_size: int,
    max_event_bytes: int,
    since: datetime | None = None,
    max_articles: int | None = None,
    dry_run: bool = False,
    on_articles: Callable[[int, int], None] = lambda _done, _of: None,
) -> Relabelling:
    """Label again with `labeller` the articles that were tagged since `since`, or all on news.tagged.

    `group` is the workers' group. `on_articles` is called after each transaction, with the number of articles
    done and the number to do. An article that cannot be labelled stays as it was. A dry run writes nothing
    and does not disturb another run.

    Raises BrokerError when the broker or a topic is missing, or when another run has started meanwhile, which
    continues in place of this one.
    """
    selection = Selection(labeller.taxonomy_hash, since, max_articles, batch_size)
    job_group = f"{group}.relabel"
    stage = stages(Enricher(None, None, labeller), topics, max_event_bytes)[2]
    stage = replace(stage, beside=None)  # an old article keeps the story that it has
    with (
        contextlib.closing(TopicReader(connection)) as reader,
        contextlib.closing(TopicReader(connection)) as newcomers,
    ):
        plan = Plan(
            connection,
            topics.tagged,
            selection,
            group,
            job_group,
            reader=reader,
            arrivals=Arrivals(newcomers),
        )
        run = _Run(connection, topics, job_group, labeller, stage, plan, reader)
        run.check_topics()
        if dry_run:
            _try_out(run, on_articles)
        else:
            asyncio.run(_send(connection, run, on_articles))
    return run.outcome


def _try_out(run: _Run, on_articles: Callable[[int, int], None]) -> None:
    """Count what `run` would send."""
    run.plan()
    for batch in run.batches():
        run.drop_superseded(batch)
        run.count(batch)
        on_articles(run.outcome.articles, run.expected)


async def _send(connection: Connection, run: _Run, on_articles: Callable[[int, int], None]) -> None:
    """Send the results of `run`, one transaction for each batch."""
    async with transactional_job(
        connection,
        "relabel",
        run.job_group,
        verb="written",
        done=lambda: plural(run.outcome.written, "article"),
    ) as producer:
        # An earlier run is fenced now and its transaction has ended: only now its progress is certain.
        await asyncio.to_thread(run.plan)
        batches = run.batches()
        while batch := await asyncio.to_thread(next, batches, None):
            await asyncio.to_thread(run.drop_superseded, batch)
            await send_in_transaction(producer, run.outgoing(batch), run.progress(batch))
            run.count(batch)
            on_articles(run.outcome.articles, run.expected)


class _Relabelled(NamedTuple):
    """The labels of an article before and after, and its results."""

    key: bytes | None
    before: LabelState | None
    after: LabelState
    results: list[Outgoing]

    @property
    def is_same(self) -> bool:
        return self.before is not None and self.before.digest == self.after.digest

    @property
    def lost(self) -> list[str]:
        """The labels that the article no longer carries."""
        before = self.before.labels if self.before else ()
        return [label for label in before if label not in self.after.labels]


@dataclass
class _Batch:
    """The articles of one transaction."""

    records: RecordBatch
    articles: list[_Relabelled] = field(default_factory=list)
    failed: list[tuple[str, EnrichmentError]] = field(default_factory=list)
    superseded: int = 0


class _Run:
    """One run: labels the records of its plan, and counts what became of them."""

    def __init__(
        self,
        connection: Connection,
        topics: Topics,
        job_group: str,
        labeller: Labeller,
        stage: Stage,
        plan: Plan,
        reader: TopicReader,
    ) -> None:
        self.job_group = job_group
        self.outcome = Relabelling(labeller.taxonomy_hash)
        self._connection = connection
        self._topics = topics
        self._labels = labeller.labels
        self._stage = stage
        self._plan = plan
        self._reader = reader
        self._states = LabelStates()
        self._before: dict[bytes, LabelState] = {}

    @property
    def expected(self) -> int:
        """The number of articles that the plan has to label again."""
        return self._plan.articles

    def check_topics(self) -> None:
        """Raise BrokerError unless every topic that may be written exists."""
        written = [self._topics.enriched, *map(self._topics.label, self._labels)]
        for topic in (self._topics.tagged, *written):
            if not self._reader.partition_count(topic):
                raise topic_missing(topic, self._connection.bootstrap)

    def plan(self) -> None:
        """Find the articles to label again, and their labels now."""
        self._plan.make()
        self.outcome.waiting = self._plan.waiting
        self.outcome.superseded = self._plan.superseded
        if self._plan:
            self._read_labels()

    def batches(self) -> Iterator[_Batch]:
        """Yield the articles of the plan, labelled again, in batches for one transaction each."""
        return map(self._label, self._plan.batches())

    def drop_superseded(self, batch: _Batch) -> None:
        """Drop the articles of `batch` that have a newer version by now."""
        self._plan.drop_superseded()
        current = [article for article in batch.articles if article.key in self._plan]
        batch.superseded = len(batch.articles) - len(current)
        batch.articles = current

    def outgoing(self, batch: _Batch) -> Iterator[Outgoing]:
        """Yield the records to send for `batch`: results, and tombstones where a label was lost."""
        for article in batch.articles:
            if article.is_same:
                continue
            yield from article.results
            for topic in map(self._topics.label, article.lost):
                if self._reader.partition_count(topic):  # 0 if the topic was deleted with its label
                    yield Outgoing(topic, article.key, None)

    def progress(self, batch: _Batch) -> Offsets:
        """Return the offset to commit with `batch`."""
        span = batch.records.span
        partition = ProducedPartition(span.partition.topic, span.partition.partition)
        metadata = f"{self.outcome.taxonomy} {span.since}"
        return Offsets(self.job_group, {partition: (batch.records.done, metadata)})

    def count(self, batch: _Batch) -> None:
        """Add `batch` to the outcome."""
        self.outcome.superseded += batch.superseded
        self.outcome.failed += batch.failed
        for article in batch.articles:
            self.outcome.count(article.before, article.after, self._labels)

    def _read_labels(self) -> None:
        """Read the labels that the articles have now: those of their latest records on news.enriched."""
        versions: dict[bytes, Version] = {}
        topic = self._topics.enriched
        # Up to the end of open transactions: the results of articles that are labelled are in one of them.
        ends = end_offsets(self._connection, [topic], "read_uncommitted")
        for partition, end in ends.items():
            for record in self._reader.read_partition(partition, 0, end):
                key = record.key
                if key is None or key not in self._plan:
                    continue
                if key in versions and not versions[key].precedes(record):
                    continue
                versions[key] = Version.of(record)
                if state := self._states.read(record.value):
                    self._before[key] = state
                else:
                    self._before.pop(key, None)

    def _label(self, records: RecordBatch) -> _Batch:
        """Return `records` after the label stage."""
        batch = _Batch(records)
        for record in records.records:
            first, *others = self._stage.work([record])
            after = self._states.read(first.value)
            if first.dead is not None or after is None:
                reason = first.dead or Unexpected("the label stage returned no EnrichedArticle")
                batch.failed.append((place_of(record), reason))
            else:
                before = self._before.get(first.key or b"")
                batch.articles.append(_Relabelled(first.key, before, after, [first, *others]))
        return batch
