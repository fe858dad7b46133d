"""A cache of a fixed number of slots, for rows that are computed once for each word."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_FREE, _USED, _HELD = 0, 1, 2  # free to take; used since the hand came by; asked for just now


class Taken(NamedTuple):
    """The slot of each key, and where among the keys each new one comes first: its slot must be filled."""

    slots: NDArray[np.int64]
    new: NDArray[np.int64]


class Slots:
    """Gives each key, a whole number, a slot. If all are taken, a key not asked for lately loses its slot.

    The hand of the clock algorithm (Corbato, 1968) goes round the slots: it frees those that were not used
    since it came by last. On news it misses half as many words as a cache that is emptied when it is full.
    """

    def __init__(self, size: int) -> None:
        """Take the number of slots: more than the different keys of one call of `take`."""
        self._slots = np.full(1, -1, np.int64)  # by the key
        self._keys = [-1] * size
        self._states = bytearray(size)  # read one by one, which numpy is slow at
        self._state = np.frombuffer(self._states, np.uint8)
        self._hand = 0

    def clear(self) -> None:
        """Forget all keys."""
        self._slots.fill(-1)
        self._keys = [-1] * len(self._keys)
        self._state.fill(_FREE)

    def take(self, keys: NDArray[np.int64]) -> Taken:
        """Return a slot for each of `keys`; no two different ones of them share a slot."""
        largest = int(keys.max(initial=0))
        if largest >= len(self._slots):
            self._slots = np.concatenate([self._slots, np.full(largest + 1, -1, np.int64)])
        slots = self._slots[keys]
        missing = np.flatnonzero(slots < 0)
        new = missing
        if len(missing):
            self._state[slots[slots >= 0]] = _HELD
            first = np.unique(keys[missing], return_index=True)[1]
            new = missing[first]
            for key in keys[new].tolist():
                self._claim(key)
            slots = self._slots[keys]
        self._state[slots] = _USED
        return Taken(slots, new)

    def _claim(self, key: int) -> None:
        """Give `key` the next free slot."""
        states, slot, size = self._states, self._hand, len(self._states)
        while states[slot] != _FREE:
            if states[slot] == _USED:
                states[slot] = _FREE
            slot = slot + 1 if slot + 1 < size else 0
        self._hand = slot + 1 if slot + 1 < size else 0
        former = self._keys[slot]
        if former >= 0:
            self._slots[former] = -1
        self._keys[slot], self._slots[key], states[slot] = key, slot, _HELD
