"""TCP ports on this machine: find a free one, or say why one cannot be used."""

from __future__ import annotations

import random
import socket

from streams.broker.properties import HOST
from streams.errors import BrokerError

# The kernel gives clients ports from 32768 up. A broker must not use one of those: while it is down, a client
# that retries can be given the broker's own port, connect to itself and keep the broker from coming back.
PORTS = range(20_000, 32_000)
ATTEMPTS = 200


def free_port() -> int:
    """Return a TCP port on which nothing listens, below those that the kernel gives to clients.

    Raises BrokerError if it finds none.
    """
    for port in random.sample(PORTS, ATTEMPTS):
        if not port_problem(port):
            return port
    raise BrokerError(
        f"found no free port between {PORTS.start} and {PORTS.stop - 1}; end programs that listen there"
    )


def check_port(port: int) -> None:
    """Raise BrokerError if nothing can listen on `port`."""
    if problem := port_problem(port):
        raise BrokerError(
            f"cannot listen on port {port}: {problem}; end the program that listens there "
            "or choose another port"
        )


def port_problem(port: int) -> str | None:
    """Return why nothing can listen on `port`, or None if it is free."""
    with socket.socket() as probe:
        # Java sets the same option: a port in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            return error.strerror or str(error)
    return None
