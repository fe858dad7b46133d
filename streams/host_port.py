"""The address of a port that one of our programs opens: HOST:PORT, with an IPv6 host in brackets."""

from __future__ import annotations

import re
from typing import NamedTuple

LARGEST_PORT = 65_535

_ADDRESS = re.compile(
    r"(?:\[(?P<ipv6>[0-9A-Fa-f]*:[0-9A-Fa-f:.]*(?:%\w+)?)\]|(?P<name>[^\s:\[\]/@]+)):(?P<port>[0-9]{1,5})",
    re.ASCII,
)

# A program that opens a port for every address of its machine is asked on the loopback address.
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - to translate it, not to bind it


class Address(NamedTuple):
    """Where a program listens; port 0 lets the system choose a free one."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def here(self) -> Address:
        """The address at which a program on the same machine reaches this port."""
        return Address(_LOOPBACK.get(self.host, self.host), self.port)


def parse_address(text: str) -> Address:
    """Return the address that `text` writes as HOST:PORT. Raises ValueError if it is not one."""
    match = _ADDRESS.fullmatch(text.strip())
    if match is None or int(match["port"]) > LARGEST_PORT:
        raise ValueError("must be HOST:PORT, such as 127.0.0.1:9464")
    return Address(match["ipv6"] or match["name"], int(match["port"]))
