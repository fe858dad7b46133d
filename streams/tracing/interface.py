"""What a worker, `publish` and `subscribe` tell about articles. These classes take it and do nothing.

They are what a process without traces has: headers pass through them unchanged, and OpenTelemetry is not
imported. Those of streams/tracing/tracer.py and lanes.py inherit from them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import TracebackType
from typing import NamedTuple, Self

from streams.headers import Header
from streams.records import Outgoing, Record

Chunk = tuple[int, float]
"""The number of records that a stage worked on at once, and the seconds that it took."""


class Carried(NamedTuple):
    """A stage that articles passed in the transaction of another: the topic that it reads, and its work."""

    stage: str
    topic: str
    chunks: Sequence[Chunk]


class Passed(NamedTuple):
    """The articles with these `offsets` passed the stages that `followed` the lane's own, in this order.

    `chunks` tells how long the lane's own stage took for each chunk.
    """

    offsets: Collection[int]
    chunks: Sequence[Chunk]
    followed: Sequence[Carried]


NOTHING = Passed((), (), ())


class Attempt:
    """One try to commit a batch, from the begin of its transaction to the end, as a context manager.

    `outgoing` is what the transaction has to send. `trace_ids` has the traces that began here, by the offset
    of the article.
    """

    def __init__(self, outgoing: Sequence[Outgoing]) -> None:
        self.outgoing = outgoing
        self.trace_ids: Mapping[int, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Note that the transaction was committed, or with `error` that it may not have been."""


class LaneTracer:
    """Takes the reports of one lane, and forgets them."""

    def attempt(
        self,
        records: Sequence[Record],
        outgoing: Sequence[Outgoing],
        *,
        began: float,
        chunks: Sequence[Chunk],
        passed: Passed = NOTHING,
    ) -> Attempt:
        """Return the attempt to commit `outgoing`, the results and dead letters of `records`.

        Work on `records` began at the monotonic time `began`, and was done in `chunks`. Some articles have
        `passed` other stages as well.
        """
        return Attempt(outgoing)

    def resumed(self, next_offset: int) -> None:
        """Note that the lane goes on at `next_offset`, which tells if the last attempt was committed."""

    def forget(self) -> None:
        """Note that another owner may finish what the last attempt left open."""


class Sending:
    """An article on its way to the broker, with its `headers`."""

    def __init__(self, headers: Sequence[Header]) -> None:
        self.headers = headers

    def acknowledged(self, partition: int, offset: int) -> None:
        """Note the place of the article in the log."""

    def failed(self, error: BaseException) -> None:
        """Note that the article was not acknowledged because of `error`."""


class Handling:
    """A record in the hands of a subscriber."""

    def end(self, error: BaseException | None = None) -> None:
        """Note that the subscriber is done with the record, or that `error` kept it from that."""


class Tracer:
    """Makes the tracers of a process."""

    def lane(self, stage: str, topic: str, partition: int, group: str) -> LaneTracer:
        """Return the tracer of the lane of `stage` that reads a `partition` of `topic` for `group`."""
        return LaneTracer()

    def send(self, topic: str, key: bytes, value: bytes, headers: Sequence[Header]) -> Sending:
        """Note that an article is sent to `topic`."""
        return Sending(headers)

    def handle(self, record: Record, group: str | None) -> Handling:
        """Note that `record` is handed to a subscriber, which may be a member of `group`."""
        return Handling()

    def close(self) -> None:
        """Send what waits to be sent, within a limit of time."""
