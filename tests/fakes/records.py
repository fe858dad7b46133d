"""Records as a consumer returns them, made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from streams.headers import Header


class Copied(NamedTuple):
    """A record with the fields that a stage or a lane reads."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[Header]
