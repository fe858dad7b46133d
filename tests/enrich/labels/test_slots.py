"""Each key has a slot of its own, and keys that nobody asks for make room."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.enrich.labels.slots import Slots

SIZE = 6

calls = st.lists(st.lists(st.integers(0, 15), max_size=SIZE - 1), max_size=30)


@given(calls)
def test_the_slot_of_a_key_holds_what_was_put_there_for_it(calls):
    slots: Slots[int] = Slots(SIZE)
    rows: list[int | None] = [None] * SIZE

    for keys in calls:
        taken = slots.take(keys)
        for key, slot in zip(taken.new, taken.new_slots.tolist(), strict=True):
            rows[slot] = key

        assert [rows[slot] for slot in taken.slots.tolist()] == keys
        assert len(set(taken.new)) == len(taken.new)


def test_a_key_that_has_a_slot_is_not_new():
    slots: Slots[str] = Slots(SIZE)

    first, second = slots.take(["a", "b", "a"]), slots.take(["b", "c"])

    assert first.new == ["a", "b"]
    assert second.new == ["c"]
    assert second.slots[0] == first.slots[1]


def test_a_key_that_is_asked_for_again_and_again_keeps_its_slot():
    slots: Slots[str] = Slots(SIZE)
    slots.take(["the"])

    new = [slots.take(["the", f"w{number}"]).new for number in range(50)]

    assert not any("the" in keys for keys in new)


def test_a_key_that_nobody_asks_for_makes_room():
    slots: Slots[str] = Slots(SIZE)
    slots.take(["once"])

    for number in range(2 * SIZE):
        slots.take([f"w{number}"])

    assert slots.take(["once"]).new == ["once"]
