"""The HTTP port of a worker: who may have it, and clients that do not behave."""

from __future__ import annotations

import errno
import http.client
import socket
from collections.abc import Iterator

import pytest

from streams.errors import WireroomError
from streams.host_port import Address
from streams.worker import http_port
from streams.worker.endpoints import Answer
from streams.worker.http_port import HttpPort
from tests.broker.wire import wait_until

HERE = Address("127.0.0.1", 0)
LARGE = b"x" * 20_000_000  # more than the sockets on both sides take


def accept_of(accept: str) -> Answer:
    return Answer(200, "text/plain", accept.encode())


def large(_accept: str) -> Answer:
    return Answer(200, "text/plain", LARGE)


def unwell(_accept: str) -> Answer:
    return Answer(503, "application/json", b"{}")


def broken(_accept: str) -> Answer:
    raise ZeroDivisionError


ENDPOINTS = {"/accept": accept_of, "/large": large, "/unwell": unwell, "/broken": broken}


@pytest.fixture
def port() -> Iterator[HttpPort]:
    port = HttpPort(HERE)
    port.start(ENDPOINTS)
    yield port
    port.close()


def get(port: HttpPort, path: str, method: str = "GET", **headers: str) -> tuple[int, str | None, bytes]:
    """Return status, content type and body of the answer."""
    connection = http.client.HTTPConnection(*port.addresses[0], timeout=20)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type"), answer.read()
    finally:
        connection.close()


def connect(port: HttpPort) -> socket.socket:
    return socket.create_connection(port.addresses[0], timeout=20)


def is_answered(port: HttpPort) -> bool:
    try:
        return get(port, "/accept")[0] == 200
    except (ConnectionError, http.client.HTTPException):  # turned away
        return False


def is_ended(client: socket.socket) -> bool:
    """Wait until the server has ended the connection."""
    try:
        while client.recv(65_536):
            pass
    except ConnectionResetError:
        pass
    return True


def test_a_path_is_answered_by_its_endpoint(port):
    assert get(port, "/accept", Accept="text/html") == (200, "text/plain", b"text/html")
    assert get(port, "/accept?debug=1") == (200, "text/plain", b"")
    assert get(port, "/unwell") == (503, "application/json", b"{}")
    assert get(port, "/accept", "HEAD")[0] == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("GET", "/accept/../etc", 404), ("POST", "/accept", 405)],
)
def test_nothing_else_is_answered(port, method, path, status):
    assert get(port, path, method)[0] == status


def test_an_endpoint_that_fails_is_logged_and_the_next_request_is_answered(port, caplog):
    assert get(port, "/broken")[0] == 500

    assert [record.exc_info[0] for record in caplog.records] == [ZeroDivisionError]
    assert get(port, "/accept")[0] == 200


@pytest.mark.parametrize(
    "request_", [b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b"GET\r\n\r\n", b"\x00" * 20_000]
)
def test_a_request_that_is_not_http_is_refused_without_a_log_line(port, caplog, request_):
    with connect(port) as client:
        client.sendall(request_)
        assert is_ended(client)

    assert get(port, "/accept")[0] == 200
    assert caplog.records == []


def test_a_scraper_that_never_reads_is_cut_off(port, monkeypatch):
    monkeypatch.setattr(http_port, "MOST_CONNECTIONS", 1)
    monkeypatch.setattr(http_port, "CONNECTION_SECONDS", 0.2)

    with connect(port) as client:
        client.sendall(b"GET /large HTTP/1.1\r\nHost: here\r\n\r\n")

        wait_until(lambda: client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), "the client is cut off")
        wait_until(lambda: is_answered(port), "another client is answered")


@pytest.mark.parametrize("sent", [b"", b"GET /accept HTTP/1.1\r\nHost:"])
def test_a_client_that_never_asks_is_cut_off(port, monkeypatch, sent):
    monkeypatch.setattr(http_port, "CONNECTION_SECONDS", 0.05)

    with connect(port) as client:
        client.sendall(sent)
        assert is_ended(client)


def test_more_clients_than_the_port_takes_are_turned_away(port, monkeypatch):
    monkeypatch.setattr(http_port, "MOST_CONNECTIONS", 3)
    monkeypatch.setattr(http_port, "CONNECTION_SECONDS", 600.0)

    idle = [connect(port) for _ in range(3)]
    for client in idle:  # an answer shows that the server has the connection
        client.sendall(b"GET /accept HTTP/1.1\r\nHost: here\r\n")
    with connect(port) as late:
        assert is_ended(late)

    idle[0].sendall(b"\r\n")
    assert is_ended(idle[0])
    for client in idle:
        client.close()


def test_a_port_that_is_taken_is_one_line_that_says_what_to_do(port):
    address = port.addresses[0]

    with pytest.raises(WireroomError) as refused:
        HttpPort(address)

    assert str(refused.value) == (
        f"cannot listen on WIREROOM_HTTP={address}: another program has this port; "
        "stop it, or choose another port"
    )


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (errno.EACCES, "this user may not open this port; choose one above 1023"),
        (errno.EADDRNOTAVAIL, "this machine does not have this address; use 127.0.0.1, or 0.0.0.0 for all"),
        (errno.ENFILE, "too many open files"),
    ],
)
def test_a_port_that_cannot_be_opened_is_one_line_that_says_what_to_do(monkeypatch, code, advice):
    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, "too many open files")

    monkeypatch.setattr(socket, "create_server", refuse)

    with pytest.raises(WireroomError, match=f"^cannot listen on WIREROOM_HTTP=127.0.0.1:80: {advice}$"):
        HttpPort(Address("127.0.0.1", 80))


def test_a_host_that_does_not_exist_is_one_line():
    with pytest.raises(WireroomError, match=r"^cannot listen on WIREROOM_HTTP=nowhere\.invalid:9464: \w+"):
        HttpPort(Address("nowhere.invalid", 9464))


def test_a_name_with_an_address_that_the_machine_lacks_is_listened_to_on_the_others(monkeypatch):
    create = socket.create_server

    def only_ipv4(where: tuple[str, int], **options: object) -> socket.socket:
        if ":" in where[0]:
            raise OSError(errno.EADDRNOTAVAIL, "no IPv6 here")
        return create(where, **options)  # type: ignore[arg-type]

    both = [
        (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", 0, 0, 0)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    monkeypatch.setattr(socket, "create_server", only_ipv4)

    port = HttpPort(Address("localhost", 0))

    assert [address.host for address in port.addresses] == ["127.0.0.1"]
    port.close()


def test_a_port_that_was_closed_is_free_again():
    port = HttpPort(HERE)
    port.start(ENDPOINTS)
    address = port.addresses[0]
    assert get(port, "/accept")[0] == 200

    port.close()

    HttpPort(address).close()


def test_a_port_is_closed_while_a_client_does_not_read():
    port = HttpPort(HERE)
    port.start(ENDPOINTS)
    with connect(port) as client:
        client.sendall(b"GET /large HTTP/1.1\r\nHost: here\r\n\r\n")
        client.recv(1)

        port.close()

        assert is_ended(client)
