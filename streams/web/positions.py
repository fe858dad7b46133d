"""How far a viewer has come: the last offset of each partition, which is the id of its last event.

Such an id holds after a restart of the server, and on any server that reads the same topic.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

LONGEST = 20_000  # characters; enough for some thousand partitions

_ID = re.compile(r"[0-9]{1,6}:[0-9]{1,18}(?:,[0-9]{1,6}:[0-9]{1,18})*", re.ASCII)


def as_id(positions: Mapping[int, int]) -> str:
    """Return `positions`, offsets by partition, as the id of an event: `0:41,1:7`."""
    return ",".join(f"{partition}:{offset}" for partition, offset in sorted(positions.items()))


def parse_id(text: str | None) -> dict[int, int] | None:
    """Return the positions that `text` writes, or None if it is not an id of ours."""
    if text is None or len(text) > LONGEST or not _ID.fullmatch(text.strip()):
        return None
    pairs = (pair.split(":") for pair in text.strip().split(","))
    return {int(partition): int(offset) for partition, offset in pairs}


def furthest(*each: Mapping[int, int]) -> dict[int, int]:
    """Return the larger offset of each partition."""
    result: dict[int, int] = {}
    for positions in each:
        for partition, offset in positions.items():
            result[partition] = max(offset, result.get(partition, -1))
    return result


def is_behind(first: Mapping[int, int], second: Mapping[int, int]) -> bool:
    """Return True if `second` is further in some partition."""
    return any(offset > first.get(partition, -1) for partition, offset in second.items())
