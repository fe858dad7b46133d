"""A cache of a fixed number of slots, for rows that are computed once for each word."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import repeat
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Key = TypeVar("Key", bound=Hashable)

_FREE, _USED, _HELD = 0, 1, 2  # free to take; used since the hand came by; asked for just now


class Taken(NamedTuple, Generic[Key]):
    """The slot of each key, and the keys that are new with their slots: these must be filled."""

    slots: NDArray[np.intp]
    new: list[Key]
    new_slots: NDArray[np.intp]


class Slots(Generic[Key]):
    """Gives each key a slot. When all are taken, a key that was not asked for lately loses its slot.

    The hand of the clock algorithm (Corbato, 1968) goes round the slots: it frees those that were not used
    since it came by last. On news it misses half as many words as a cache that is emptied when it is full.
    """

    def __init__(self, size: int) -> None:
        """Take the number of slots: more than the different keys of one call of `take`."""
        self._slots: dict[Key, int] = {}
        self._keys: list[Key | None] = [None] * size
        self._states = bytearray(size)  # read one by one, which numpy is slow at
        self._state = np.frombuffer(self._states, np.uint8)
        self._hand = 0

    def take(self, keys: Sequence[Key]) -> Taken[Key]:
        """Return a slot for each of `keys`; no two different ones of them share a slot."""
        slots = np.fromiter(map(self._slots.get, keys, repeat(-1)), np.intp, len(keys))
        missing = np.flatnonzero(slots < 0)
        if not len(missing):
            self._state[slots] = _USED
            return Taken(slots, [], missing)
        self._state[slots[slots >= 0]] = _HELD
        new = list(dict.fromkeys(keys[at] for at in missing.tolist()))
        new_slots = [self._claim(key) for key in new]
        slots[missing] = [self._slots[keys[at]] for at in missing.tolist()]
        self._state[slots] = _USED
        return Taken(slots, new, np.array(new_slots, np.intp))

    def _claim(self, key: Key) -> int:
        """Give `key` the next free slot, and return it."""
        states, slot, size = self._states, self._hand, len(self._states)
        while states[slot] != _FREE:
            if states[slot] == _USED:
                states[slot] = _FREE
            slot = slot + 1 if slot + 1 < size else 0
        self._hand = slot + 1 if slot + 1 < size else 0
        former = self._keys[slot]
        if former is not None:
            del self._slots[former]
        self._keys[slot], self._slots[key], states[slot] = key, slot, _HELD
        return slot
