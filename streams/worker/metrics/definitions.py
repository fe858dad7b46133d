"""Every metric of a worker: its name, kind, labels and help.

Dashboards and alert rules are checked against this module, so it imports nothing but the errors. Labels are
stages, partitions, outcomes, reasons and the like, and never the id of an article: so the worker's stages and
partitions bound the number of its time series.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from streams import errors

Kind = Literal["counter", "gauge", "histogram"]

# Outcomes of an article and of a transaction.
DONE, DEAD = "done", "dead"
COMMITTED, DISCARDED, FENCED = "committed", "discarded", "fenced"

# Why the stage process was restarted.
CRASHED, TIMED_OUT, LOADING = "crashed", "timed_out", "loading"

# What a lane does with its time.
GATHERING, QUEUED, WORKING, COMMITTING = "gather", "queue", "work", "commit"

# The processes of a worker.
WORKER, STAGE, STATE = "worker", "stage", "state"

# What /livez and /readyz check.
LOOP, MODELS, PARTITIONS, BROKER, BATCHES = "loop", "models", "partitions", "broker", "batches"

OTHER = "other"
"""The value of a label that has more values than its metric allows."""

MOST_REASONS = 32

REASONS = tuple(
    sorted(
        name
        for name, error in vars(errors).items()
        if isinstance(error, type)
        and issubclass(error, errors.EnrichmentError)
        and error is not errors.EnrichmentError
    )
)
"""The reasons of dead letters that Wireroom itself gives."""

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
AGES = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 21600.0, 86400.0)
RECORDS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0)


@dataclass(frozen=True)
class Metric:
    """One metric: `name` is that of its samples, `buckets` are the upper bounds of a histogram.

    `values` has the values of a label that are known beforehand: their series begin at 0.
    """

    name: str
    kind: Kind
    labels: tuple[str, ...]
    help: str
    buckets: tuple[float, ...] = ()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)

    @property
    def samples(self) -> tuple[str, ...]:
        """The names of the samples, as queries use them."""
        if self.kind == "histogram":
            return tuple(f"{self.name}{suffix}" for suffix in ("_bucket", "_sum", "_count"))
        return (self.name,)


ARTICLES = Metric(
    "wireroom_articles_total",
    "counter",
    ("stage", "outcome"),
    "Articles whose result or dead letter was committed.",
    values={"outcome": (DONE, DEAD)},
)
DEAD_LETTERS = Metric(
    "wireroom_dead_letters_total",
    "counter",
    ("stage", "reason"),
    "Committed dead letters, by the class of the error.",
    values={"reason": REASONS},
)
STAGE_DURATION = Metric(
    "wireroom_stage_duration_seconds",
    "histogram",
    ("stage",),
    "Time that a stage spent on an article. Articles that are worked on together share their time equally.",
    SECONDS,
)
ARTICLE_AGE = Metric(
    "wireroom_article_age_seconds",
    "histogram",
    ("stage",),
    "Time from the raw event of an article to the commit of this stage.",
    AGES,
)
TRANSACTIONS = Metric(
    "wireroom_transactions_total",
    "counter",
    ("stage", "outcome"),
    "Transactions: committed, discarded after an error, or fenced by the new owner of the partition.",
    values={"outcome": (COMMITTED, DISCARDED, FENCED)},
)
TRANSACTION_DURATION = Metric(
    "wireroom_transaction_duration_seconds",
    "histogram",
    ("stage",),
    "Time from the begin of a transaction to the broker's answer that it is committed.",
    SECONDS,
)
BATCH_RECORDS = Metric(
    "wireroom_batch_records", "histogram", ("stage",), "Records in a committed transaction.", RECORDS
)
BATCH_AGE = Metric(
    "wireroom_batch_age_seconds",
    "gauge",
    ("stage",),
    "Time that the oldest batch in hand has taken so far; 0 without one.",
)
LANE_SECONDS = Metric(
    "wireroom_lane_seconds_total",
    "counter",
    ("stage", "phase"),
    "Time of lanes: gather more records, queue for the stage process, work on articles, commit.",
    values={"phase": (GATHERING, QUEUED, WORKING, COMMITTING)},
)
FENCES = Metric(
    "wireroom_fences_total",
    "counter",
    ("stage",),
    "Producers that were started for a partition, which fences the partition's previous owner.",
)
LAG_RECORDS = Metric(
    "wireroom_lag_records",
    "gauge",
    ("stage", "partition"),
    "Readable records of a partition that are not committed yet; 0 when all is done, since control records "
    "do not count.",
)
LAG_SECONDS = Metric(
    "wireroom_lag_seconds",
    "gauge",
    ("stage", "partition"),
    "Age of the oldest readable record of a partition that is not committed yet; 0 when all is done.",
)
LAST_STABLE_OFFSET = Metric(
    "wireroom_last_stable_offset",
    "gauge",
    ("stage", "partition"),
    "End of what can be read of a partition: the first offset of an open transaction, or the high watermark.",
)
HIGH_WATERMARK = Metric(
    "wireroom_high_watermark",
    "gauge",
    ("stage", "partition"),
    "End of what is replicated of a partition; far beyond the last stable offset, a transaction is stuck.",
)
STATE_ARTICLES = Metric(
    "wireroom_state_articles",
    "gauge",
    ("stage", "partition"),
    "Articles that a stage with a state remembers, such as those in the index of stories.",
)
STATE_EVENTS = Metric(
    "wireroom_state_events_total",
    "counter",
    ("stage", "partition", "event"),
    "What a state has counted since it was restored, such as late articles, or articles that were evicted at "
    "the bound of its size.",
)
STATE_RESTORE = Metric(
    "wireroom_state_restore_seconds",
    "gauge",
    ("stage", "partition"),
    "Time that the last restore of a state took.",
)
STATE_RESTORED = Metric(
    "wireroom_state_restored_articles",
    "gauge",
    ("stage", "partition"),
    "Articles from which a state was restored the last time.",
)
RESTARTS = Metric(
    "wireroom_stage_process_restarts_total",
    "counter",
    ("reason",),
    "Restarts of the stage process, or of the state process: it crashed, took too long, or ended while it "
    "loaded its models.",
    values={"reason": (CRASHED, TIMED_OUT, LOADING)},
)
MEMORY = Metric(
    "wireroom_process_resident_memory_bytes",
    "gauge",
    ("process",),
    "Resident memory of the worker's own process, of its stage process and of its state process.",
)
CPU = Metric(
    "wireroom_process_cpu_seconds_total",
    "counter",
    ("process",),
    "CPU time of the worker's own process, of its stage process and of its state process.",
)
READY = Metric(
    "wireroom_ready", "gauge", ("check",), "1 for each check of /readyz that passes, 0 for one that fails."
)
START_TIME = Metric(
    "wireroom_start_time_seconds", "gauge", (), "Time when the worker started, in seconds since the epoch."
)
BUILD_INFO = Metric(
    "wireroom_build_info",
    "gauge",
    ("version", "tagger", "labeller", "taxonomy"),
    "1, with the versions of the worker and of its models; empty for a model that its stages do not need.",
)

METRICS = (
    ARTICLES,
    DEAD_LETTERS,
    STAGE_DURATION,
    ARTICLE_AGE,
    TRANSACTIONS,
    TRANSACTION_DURATION,
    BATCH_RECORDS,
    BATCH_AGE,
    LANE_SECONDS,
    FENCES,
    LAG_RECORDS,
    LAG_SECONDS,
    LAST_STABLE_OFFSET,
    HIGH_WATERMARK,
    STATE_ARTICLES,
    STATE_EVENTS,
    STATE_RESTORE,
    STATE_RESTORED,
    RESTARTS,
    MEMORY,
    CPU,
    READY,
    START_TIME,
    BUILD_INFO,
)
