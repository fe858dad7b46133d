"""Brokers listen on ports that no client is given, and say why a port cannot be used."""

from __future__ import annotations

import socket

import pytest

from streams.broker import ports
from streams.broker.ports import check_port, free_port, port_problem
from streams.broker.properties import HOST
from streams.errors import BrokerError

FIRST_CLIENT_PORT = 32_768


@pytest.fixture
def taken():
    with socket.socket() as server:
        server.bind((HOST, 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_free_port_can_be_listened_on_and_is_below_those_of_clients():
    port = free_port()

    assert port < FIRST_CLIENT_PORT
    assert port_problem(port) is None
    check_port(port)


def test_a_port_that_is_taken_is_named_with_the_reason(taken):
    assert port_problem(taken) == "Address already in use"
    with pytest.raises(BrokerError, match=rf"cannot listen on port {taken}: Address already in use; end"):
        check_port(taken)


def test_if_every_port_is_taken_the_error_says_so(monkeypatch):
    monkeypatch.setattr(ports, "port_problem", lambda port: "Address already in use")

    with pytest.raises(BrokerError, match="no free port between 20000 and 31999"):
        free_port()
