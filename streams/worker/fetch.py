"""What the consumer hands to a lane: all records that one poll brought for one partition."""

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
