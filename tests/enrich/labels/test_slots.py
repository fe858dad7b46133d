"""Each key has a slot of its own, and keys that nobody asks for make room."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from streams.enrich.labels.slots import Slots

SIZE = 6

calls = st.lists(st.lists(st.integers(0, 15), max_size=SIZE - 1) | st.just(None), max_size=30)


def take(slots, *keys):
    """Return the slots of the keys, and those of the keys that are new."""
    taken = slots.take(np.array(keys, np.int64))
    return taken.slots.tolist(), [keys[at] for at in taken.new.tolist()]


@given(calls)
def test_the_slot_of_a_key_holds_what_was_put_there_for_it(calls):
    slots = Slots(SIZE)
    rows = [-1] * SIZE

    for keys in calls:
        if keys is None:
            slots.clear()
            rows = [-1] * SIZE
            continue
        taken, new = take(slots, *keys)
        for key in new:
            rows[taken[keys.index(key)]] = key

        assert [rows[slot] for slot in taken] == keys
        assert len(set(new)) == len(new)


def test_a_key_that_has_a_slot_is_not_new():
    slots = Slots(SIZE)

    (first, new), (second, newer) = take(slots, 7, 3, 7), take(slots, 3, 9)

    assert new == [3, 7]
    assert newer == [9]
    assert second[0] == first[1]


def test_a_key_that_is_asked_for_again_and_again_keeps_its_slot():
    slots = Slots(SIZE)
    take(slots, 1)

    new = [take(slots, 1, 100 + number)[1] for number in range(50)]

    assert new == [[100 + number] for number in range(50)]


def test_a_key_that_nobody_asks_for_makes_room():
    slots = Slots(SIZE)
    take(slots, 1)

    for number in range(2 * SIZE):
        take(slots, 100 + number)

    assert take(slots, 1)[1] == [1]


def test_after_a_clearing_all_keys_are_new():
    slots = Slots(SIZE)
    take(slots, 1, 2)

    slots.clear()

    assert take(slots, 2, 1)[1] == [1, 2]
