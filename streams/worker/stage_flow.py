"""Which stages follow each other, through which of them articles are carried, and what is skipped."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import takewhile

from faust.types import TP

from streams.one_pass import is_passed
from streams.records import Record
from streams.stage import Stage


class StageFlow:
    """The topics of the stages and the stages themselves, in order.

    A worker of `group` carries articles through the stages named in `carried`, see streams/one_pass.py.
    """

    def __init__(
        self,
        group: str,
        steps: Sequence[tuple[str, Stage]] = (),
        carried: Collection[str] = (),
    ) -> None:
        self.group = group.encode()
        self._steps = steps
        self._carried = frozenset(carried)

    def is_behind(self, tp: TP) -> bool:
        """Return True if a lane, here or elsewhere, may have carried articles on to `tp`."""
        return tp.topic in [topic for topic, _ in self._steps[1:]]

    def following(self, tp: TP, stage: Stage) -> list[tuple[TP, Stage]]:
        """Return the partition and the stage of each next topic, as far as articles are carried."""
        if stage.name not in self._carried:
            return []
        steps = iter(self._steps)
        any(topic == tp.topic for topic, _ in steps)  # goes on behind it
        return [
            (TP(topic, tp.partition), following)
            for topic, following in takewhile(lambda step: step[1].name in self._carried, steps)
        ]

    def is_passed(self, record: Record) -> bool:
        """Return True if a worker of the group has carried the article of `record` on."""
        return is_passed(record.headers, self.group)
