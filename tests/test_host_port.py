"""The address of a port: HOST:PORT."""

from __future__ import annotations

import pytest

from streams.host_port import Address, parse_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:9464", Address("127.0.0.1", 9464)),
        ("localhost:0", Address("localhost", 0)),
        (" worker-3.example.org:65535 ", Address("worker-3.example.org", 65535)),
        ("[::1]:9464", Address("::1", 9464)),
        ("[fe80::1%eth0]:80", Address("fe80::1%eth0", 80)),
    ],
)
def test_an_address_is_a_host_and_a_port(text, address):
    assert parse_address(text) == address
    assert str(address) == text.strip()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "9464",
        ":9464",
        "localhost",
        "localhost:",
        "localhost:http",
        "localhost:-1",
        "localhost:65536",
        "::1:9464",
        "[::1]",
        "[localhost]:9464",
        "http://localhost:9464",
        "local host:9464",
        "localhost:９４",
        "user@localhost:9464",
    ],
)
def test_anything_else_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match=r"must be HOST:PORT, such as 127\.0\.0\.1:9464"):
        parse_address(text)


@pytest.mark.parametrize(
    ("text", "here"),
    [("0.0.0.0:9464", "127.0.0.1:9464"), ("[::]:9464", "[::1]:9464"), ("10.1.2.3:80", "10.1.2.3:80")],
)
def test_a_port_open_to_every_address_is_reached_on_the_loopback_address(text, here):
    assert str(parse_address(text).here) == here
