"""Near duplicates: articles that have most of their text in common, as reprints and corrections do."""

from __future__ import annotations

from collections import Counter
from statistics import median
from typing import NamedTuple

from streams.stories.fingerprint import SKETCH, Features
from streams.stories.memory import SKETCH_KEYS, Memory

CONTAINED = 0.5
"""The part of the shorter text that the longer one must have, for one to be a reprint of the other."""

_CANDIDATES = 8
_FEWEST_SHARED = 6  # hashes, unless the sketches are the same
_WIDESPREAD = 4  # articles that have a hash, from which on it may be of boilerplate
_LARGEST = 2**32
_MOSTLY = 0.8  # contained: boilerplate alone is less


class Near(NamedTuple):
    """An article that has text in common with another, and how much of the shorter one."""

    slot: int
    contained: float


def nearest(features: Features, memory: Memory) -> Near | None:
    """Return the original that the article of `features` has most of its text from, or None.

    The original is the earliest article that was not itself a reprint.
    """
    slots, indexes = memory.with_sketch(features.sketch)
    hits = Counter(slots.tolist())
    if not hits:
        return None
    spread = Counter(indexes.tolist())
    shared: dict[int, list[int]] = {}
    for slot, index in zip(slots.tolist(), indexes.tolist(), strict=True):
        shared.setdefault(slot, []).append(spread[index])
    mine = set(features.sketch.tolist())
    ranked = sorted(hits, key=lambda slot: (-hits[slot], -memory.sequences[slot]))[:_CANDIDATES]
    found: dict[int, float] = {}
    for slot in ranked:
        contained = containment(mine, memory, slot)
        if contained < CONTAINED or _is_boilerplate(mine, contained, slot, shared[slot], memory):
            continue
        found[slot] = contained
        root = memory.slot(memory.originals.get(slot, ""))
        if root and root not in found and (of_root := containment(mine, memory, root)) >= CONTAINED:
            found[root] = of_root
    if not found:
        return None
    originals = [slot for slot in found if slot not in memory.originals] or list(found)
    earliest = min(originals, key=lambda slot: memory.sequences[slot])
    return Near(earliest, found[earliest])


def containment(mine: set[int], memory: Memory, slot: int) -> float:
    """Return the part of the shorter text that is in the longer one, as far as sketches tell."""
    theirs: list[int] = memory.sketches[slot, : int(memory.sketch_sizes[slot])].tolist()
    if mine == set(theirs):
        return 1.0
    # A full sketch leaves out the larger hashes of its text.
    full = [max(sketch) for sketch in (mine, theirs) if len(sketch) == SKETCH]
    limit = min(full, default=_LARGEST)
    shared = sum(number in mine for number in theirs)
    fewest = min(sum(number <= limit for number in sketch) for sketch in (mine, theirs))
    return shared / fewest if shared >= _FEWEST_SHARED else 0.0


def _is_boilerplate(mine: set[int], contained: float, slot: int, spread: list[int], memory: Memory) -> bool:
    """Return True if the shared text is that of many articles, whose other text nobody shares.

    Reprints of one wire story have all of its parts, some here and some there. Of a boilerplate paragraph
    the articles around it share nothing else.
    """
    if contained >= _MOSTLY or median(spread) < _WIDESPREAD:
        return False
    keys = memory.sketches[slot, : min(int(memory.sketch_sizes[slot]), SKETCH_KEYS)]
    own = [index for index, key in enumerate(keys.tolist()) if key not in mine]
    if not own:
        return False
    _, indexes = memory.with_sketch(keys[own])
    return len(indexes) < 1.5 * len(own)
