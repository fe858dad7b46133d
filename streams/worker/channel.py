"""Pickled messages between the worker and its stage process, with a deadline for sending and receiving.

The pipes of multiprocessing have no deadline for writing, nor for a message of which only a part has arrived:
a process that is stopped would hold up its peer for ever.
"""

from __future__ import annotations

import contextlib
import pickle
import socket
import struct
import time
from typing import Any

SIZE = struct.Struct("!Q")  # of the message that follows
COPIED_BYTES = 16_384  # up to here, copying a message behind its size costs less than a second call


class Channel:
    """One end of a pair of sockets."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end

    @classmethod
    def pair(cls) -> tuple[Channel, socket.socket]:
        """Return a channel, and the other end, from which another process makes its own channel."""
        ours, theirs = socket.socketpair()
        return cls(ours), theirs

    def send(self, message: object, deadline: float | None = None) -> None:
        """Send `message`.

        Raises TimeoutError at `deadline`, a monotonic time, and OSError without a peer. After a TimeoutError
        a part of the message may be sent, and the channel is of no further use.
        """
        body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        size = SIZE.pack(len(body))
        for part in (size, body) if len(body) > COPIED_BYTES else (size + body,):
            self._end.settimeout(_seconds_left(deadline))  # applies to the whole of sendall
            self._end.sendall(part)

    def receive(self, deadline: float | None = None) -> Any:
        """Return the next message; raises TimeoutError at `deadline`, EOFError or OSError without a peer."""
        (size,) = SIZE.unpack(self._read(SIZE.size, deadline))
        return pickle.loads(self._read(size, deadline))  # noqa: S301 - from our own process

    def close(self) -> None:
        """Close the channel; a thread that sends or receives gets its error at once."""
        with contextlib.suppress(OSError):
            self._end.shutdown(socket.SHUT_RDWR)
        self._end.close()

    def _read(self, size: int, deadline: float | None) -> bytearray:
        message = bytearray(size)
        view = memoryview(message)
        while view:
            self._end.settimeout(_seconds_left(deadline))
            count = self._end.recv_into(view)
            if count == 0:
                raise EOFError
            view = view[count:]
        return message


def _seconds_left(deadline: float | None) -> float | None:
    """Return the seconds until `deadline`, None if there is none; raises TimeoutError once it has passed."""
    if deadline is None:
        return None
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds
