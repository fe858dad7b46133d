"""What a lane tells about itself, and what a lane needs whose stage has a state."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from faust.types import TP

from streams.stage import Stage


class LaneState(NamedTuple):
    """What a lane has to do."""

    waiting: int  # records that were read and are not committed
    oldest: int | None  # timestamp of the first of these, in milliseconds since the epoch
    received: int | None  # the offset behind the last fetch that came, None if nothing came yet
    first: int | None = None  # the offset of the first record that waits, None if none does


class StateKeeper(Protocol):
    """The state process, as the lane of a stage with a state needs it."""

    async def prepare(self, stage: Stage, tp: TP, next_offset: int) -> None:
        """Have the state of `tp` ready for the record at `next_offset`; raises StateLost if it cannot be."""

    def committed(self, tp: TP, offset: int) -> None:
        """Note that all records of `tp` below `offset` are committed."""

    def forget(self, stage: Stage, tp: TP) -> None:
        """Drop the state of `tp`."""


class NoState(StateKeeper):
    """Keeps nothing, for a stage without a state."""

    async def prepare(self, stage: Stage, tp: TP, next_offset: int) -> None:
        """Do nothing."""

    def committed(self, tp: TP, offset: int) -> None:
        """Do nothing."""

    def forget(self, stage: Stage, tp: TP) -> None:
        """Do nothing."""
