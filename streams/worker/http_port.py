"""The HTTP port of a worker, in a thread of its own: it answers while the event loop of the worker is stuck.

A client cannot hold a worker up. A connection has seconds to live, whether it is read or not, and the number
of connections is limited.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from streams.errors import WireroomError
from streams.host_port import Address
from streams.worker.endpoints import Endpoint

log = logging.getLogger("wireroom.http")

CONNECTION_SECONDS = 10.0  # Prometheus gives up after 10 s by default
MOST_CONNECTIONS = 32
STOP_SECONDS = 1.0

_NO_LINGERING = struct.pack("ii", 1, 0)  # else the system tries for minutes to send what is left
_ABSENT = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}
_ADVICE = {
    errno.EADDRINUSE: "another program has this port; stop it, or choose another port",
    errno.EACCES: "this user may not open this port; choose one above 1023",
    errno.EADDRNOTAVAIL: "this machine does not have this address; use 127.0.0.1, or 0.0.0.0 for all",
}


def open_sockets(address: Address) -> list[socket.socket]:
    """Listen on `address`, and return a socket for each address that its host name has on this machine.

    Raises WireroomError, with what to change, if that is not possible.
    """
    opened: list[socket.socket] = []
    absent: OSError | None = None
    try:
        found = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        for family, _, _, _, where in dict.fromkeys(found):
            try:
                opened.append(_listen(family, str(where[0]), address.port))
            except OSError as error:
                if error.errno not in _ABSENT:
                    raise
                absent = error  # such as ::1 of localhost on a machine without IPv6
        if absent is not None and not opened:
            raise absent
    except (OSError, UnicodeError) as error:
        for listening in opened:
            listening.close()
        code = getattr(error, "errno", None)
        advice = _ADVICE.get(code or 0, getattr(error, "strerror", None) or str(error))
        raise WireroomError(f"cannot listen on WIREROOM_HTTP={address}: {advice}") from error
    return opened


def _listen(family: int, host: str, port: int) -> socket.socket:
    both = family == socket.AF_INET6 and host == "::" and socket.has_dualstack_ipv6()
    return socket.create_server((host, port), family=family, backlog=MOST_CONNECTIONS, dualstack_ipv6=both)


class HttpPort:
    """Listens on `address` until it is closed, and answers requests from `start` on.

    Raises WireroomError, with what to change, if it cannot listen there.
    """

    def __init__(self, address: Address) -> None:
        self._sockets = open_sockets(address)
        self._loop = asyncio.new_event_loop()
        self._closing = asyncio.Event()
        self._thread: threading.Thread | None = None

    @property
    def addresses(self) -> list[Address]:
        """Where it listens; the system chose the port if the address has port 0."""
        return [Address(*each.getsockname()[:2]) for each in self._sockets]

    def start(self, endpoints: Mapping[str, Endpoint]) -> None:
        """Begin to answer with `endpoints`, by path."""
        log.info("metrics and probes", extra={"address": ", ".join(map(str, self.addresses))})
        self._thread = threading.Thread(target=self._run, args=(endpoints,), name="http port", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Close the port, and every connection."""
        if self._thread is not None:
            with contextlib.suppress(RuntimeError):  # the thread has ended already
                self._loop.call_soon_threadsafe(self._closing.set)
            self._thread.join(STOP_SECONDS)
        else:
            self._loop.close()
        for each in self._sockets:
            each.close()

    def _run(self, endpoints: Mapping[str, Endpoint]) -> None:
        with contextlib.closing(self._loop):
            self._loop.run_until_complete(self._serve(endpoints))

    async def _serve(self, endpoints: Mapping[str, Endpoint]) -> None:
        app = web.Application()
        for path, endpoint in endpoints.items():
            app.router.add_get(path, _handler(endpoint))
        # aiohttp reports each request that is not HTTP; the port may meet anything.
        runner = web.AppRunner(
            app,
            access_log=None,
            handle_signals=False,
            shutdown_timeout=STOP_SECONDS,
            logger=log.getChild("aiohttp"),
        )
        await runner.setup()
        connections = _Connections(runner, self._loop)
        servers = [
            await self._loop.create_server(connections.accept, sock=each, backlog=MOST_CONNECTIONS)
            for each in self._sockets
        ]
        await self._closing.wait()
        for server in servers:
            server.close()
        connections.close()
        await runner.cleanup()


def _handler(endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        answer = endpoint(request.headers.get("Accept", ""))
        headers = {"Content-Type": answer.content_type, "Cache-Control": "no-store", "Server": "wireroom"}
        response = web.Response(status=answer.status, body=answer.body, headers=headers)
        response.force_close()
        return response

    return handle


class _Connections:
    """Limits the number of connections and the time of each."""

    def __init__(self, runner: web.AppRunner, loop: asyncio.AbstractEventLoop) -> None:
        self._runner = runner
        self._loop = loop
        self._accepted: set[web.RequestHandler] = set()  # not among the runner's connections yet

    def accept(self) -> asyncio.Protocol:
        """Return the protocol of a new connection."""
        server = self._runner.server
        if server is None or len({*server.connections, *self._accepted}) >= MOST_CONNECTIONS:
            return _Refusal()
        connection = server()
        # Several clients may come at once. The runner knows a connection one turn of the loop later.
        self._accepted.add(connection)
        self._loop.call_soon(self._loop.call_soon, self._accepted.discard, connection)
        self._loop.call_later(CONNECTION_SECONDS, _abort, connection)
        return connection

    def close(self) -> None:
        """End every connection at once."""
        for connection in list(self._runner.server.connections if self._runner.server else ()):
            _abort(connection)


class _Refusal(asyncio.Protocol):
    """Ends a connection as soon as it is made."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """End the connection."""
        transport.close()


def _abort(connection: web.RequestHandler) -> None:
    """End `connection`, and forget what its client has not read."""
    transport = connection.transport
    if transport is not None:
        client = transport.get_extra_info("socket")
        with contextlib.suppress(OSError):  # the client has ended it already
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
        transport.abort()
