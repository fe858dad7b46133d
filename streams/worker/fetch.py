"""What the consumer hands to a lane, and how far it has read a partition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from faust.types import TP

from streams.records import Record


class Fetch(NamedTuple):
    """All committed records of one partition from offset `begin` up to `end`, as one poll brought them.

    Offsets without a record are transaction markers, aborted records, or records that compaction removed.
    """

    partition: TP
    records: Sequence[Record]
    begin: int  # at or before the first record
    end: int  # behind the last record
    generation: int  # of the consumer group


class ReadPosition(NamedTuple):
    """How far the consumer has read a partition, and where the partition ends by the broker's last answer."""

    position: int  # behind the last record that was read, and behind the control records that follow it
    stable: int  # the last stable offset: where reading ends
    high: int  # the high watermark
    at: float  # time of the answer, in seconds since the epoch
    handed_over: tuple[int, int] | None  # begin and end of the last fetch, unless a seek followed
    polled: int | None = None  # the position that `handed_over` belongs to; None before the first poll
