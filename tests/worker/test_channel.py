"""Messages between two processes, with a deadline for sending and receiving."""

from __future__ import annotations

import threading
import time

import pytest

from streams.worker.channel import COPIED_BYTES, SIZE, Channel


@pytest.mark.parametrize("size", [0, COPIED_BYTES, 4_000_000])
def test_a_message_arrives_as_it_was_sent(size):
    ours, end = Channel.pair()
    theirs = Channel(end)
    sender = threading.Thread(target=ours.send, args=({"value": b"x" * size}, time.monotonic() + 30))
    sender.start()

    received = theirs.receive(time.monotonic() + 30)

    assert received == {"value": b"x" * size}
    sender.join()
    ours.close()
    theirs.close()


def test_a_message_that_arrives_in_part_is_not_waited_for_beyond_the_deadline():
    ours, end = Channel.pair()
    end.sendall(SIZE.pack(1000) + b"x" * 999)

    with pytest.raises(TimeoutError):
        ours.receive(time.monotonic() + 0.1)

    end.close()
    with pytest.raises(EOFError):
        ours.receive()
    ours.close()


def test_a_message_that_nobody_reads_is_not_sent_beyond_the_deadline():
    ours, end = Channel.pair()

    with pytest.raises(TimeoutError):
        ours.send(b"x" * 4_000_000, time.monotonic() + 0.1)

    ours.close()
    end.close()


def test_a_deadline_that_has_passed_is_met_at_once():
    ours, end = Channel.pair()

    with pytest.raises(TimeoutError):
        ours.send("late", time.monotonic() - 1)

    end.settimeout(0)
    with pytest.raises(BlockingIOError):
        end.recv(1)
    ours.close()
    end.close()


def test_closing_a_channel_ends_the_wait_of_another_thread():
    ours, end = Channel.pair()
    errors: list[BaseException] = []

    def receive() -> None:
        try:
            ours.receive()
        except (EOFError, OSError) as error:
            errors.append(error)

    waiting = threading.Thread(target=receive)
    waiting.start()

    ours.close()

    waiting.join(30)
    assert len(errors) == 1
    end.close()
