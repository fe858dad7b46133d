"""How to reach a Kafka broker: the `Connection` that every client here is made from, and `connect`.

A `Connection` is made at the edge, from the settings or by hand, and is the first argument of every function
that talks to a broker. Nothing below the edge reads settings or the environment.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from kafka.errors import KafkaError, KafkaTimeoutError

from streams.errors import BrokerError
from streams.kafka.security import HiddenPassword, check_access, tls_context

if TYPE_CHECKING:
    from streams.settings import Settings

Client = TypeVar("Client")

CONNECT_MS = 8_000
_ADDRESS = re.compile(r"(?:\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::\d{1,5})?")

# The clients' warnings, such as a refused connection that they retry, are for programs that set up logging.
for _name in ("kafka", "aiokafka"):
    logging.getLogger(_name).addHandler(logging.NullHandler())


@dataclass(frozen=True)
class Connection:
    """The address of a Kafka broker, and TLS and SASL for it; the defaults connect without either.

    `bootstrap` is HOST:PORT, or several of them separated by commas. `security_protocol` is PLAINTEXT, SSL,
    SASL_PLAINTEXT or SASL_SSL. The files are PEM; without `ssl_cafile` the system's authorities are trusted.
    """

    bootstrap: str
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str = "PLAIN"
    sasl_username: str | None = None
    sasl_password: str | None = field(default=None, repr=False)
    ssl_cafile: Path | None = None
    ssl_certfile: Path | None = None
    ssl_keyfile: Path | None = None
    ssl_check_hostname: bool = True

    @classmethod
    def from_settings(cls, settings: Settings, bootstrap: str | None = None) -> Connection:
        """Return the connection that `settings` describe, to `bootstrap` instead of their broker if given."""
        password = settings.sasl_password
        return cls(
            bootstrap or settings.broker,
            security_protocol=settings.security_protocol,
            sasl_mechanism=settings.sasl_mechanism,
            sasl_username=settings.sasl_username,
            sasl_password=None if password is None else password.get_secret_value(),
            ssl_cafile=settings.ssl_cafile,
            ssl_certfile=settings.ssl_certfile,
            ssl_keyfile=settings.ssl_keyfile,
            ssl_check_hostname=settings.ssl_check_hostname,
        )

    @property
    def servers(self) -> list[str]:
        """The addresses in `bootstrap`."""
        return [address.strip() for address in self.bootstrap.split(",")]

    @property
    def uses_tls(self) -> bool:
        """True if connections are encrypted."""
        return self.security_protocol in ("SSL", "SASL_SSL")

    @property
    def uses_sasl(self) -> bool:
        """True if clients authenticate by user name and password."""
        return self.security_protocol in ("SASL_PLAINTEXT", "SASL_SSL")

    def client_options(self) -> dict[str, Any]:
        """Return the security options of a client, the same for kafka-python and aiokafka.

        Raises WireroomError when a PEM file cannot be used.
        """
        options: dict[str, Any] = {"security_protocol": self.security_protocol}
        if self.uses_tls:
            options["ssl_context"] = tls_context(
                self.ssl_cafile, self.ssl_certfile, self.ssl_keyfile, self.ssl_check_hostname
            )
        if self.uses_sasl and self.sasl_password is not None:
            options["sasl_mechanism"] = self.sasl_mechanism
            options["sasl_plain_username"] = self.sasl_username
            options["sasl_plain_password"] = HiddenPassword(self.sasl_password)
        return options


def connect(connection: Connection, client: Callable[..., Client], **options: Any) -> Client:
    """Return a kafka-python `client`, made with `options`, that has reached the broker.

    Raises AccessRefused when the broker refuses the client, and BrokerError when no broker answers, both
    within 15 s.
    """
    check_address(connection.bootstrap)
    secured = connection.uses_tls or connection.uses_sasl
    if secured:
        check_access(connection)
    with broker_errors(connection.bootstrap):
        try:
            return client(
                bootstrap_servers=connection.servers,
                bootstrap_timeout_ms=CONNECT_MS,
                **connection.client_options(),
                **options,
            )
        except KafkaTimeoutError as error:
            if not secured:
                check_access(connection)
            raise broker_missing(connection.bootstrap) from error


def check_address(bootstrap: str) -> None:
    """Raise BrokerError unless `bootstrap` is HOST:PORT, or several of them separated by commas."""
    for address in bootstrap.split(","):
        if not _ADDRESS.fullmatch(address.strip()):
            raise BrokerError(f"{address!r} is not a broker address: write HOST:PORT, such as localhost:9092")


def broker_missing(bootstrap: str) -> BrokerError:
    """Return the error for a `bootstrap` where nothing answers as a Kafka broker."""
    return BrokerError(
        f"no Kafka broker at {bootstrap}: start one with `wireroom broker` or set WIREROOM_BROKER"
    )


def topic_missing(topic: str, bootstrap: str) -> BrokerError:
    """Return the error for a `topic` that the broker does not have."""
    return BrokerError(
        f"topic {topic} does not exist at {bootstrap}: create it with `wireroom topics create`"
    )


@contextmanager
def broker_errors(bootstrap: str) -> Iterator[None]:
    """Turn the errors of kafka-python into BrokerErrors that name `bootstrap`."""
    try:
        yield
    except KafkaError as error:
        raise BrokerError(f"the broker at {bootstrap} failed: {describe_error(error)}") from error


def describe_error(error: BaseException) -> str:
    """Return class and message of `error`, without naming the class twice, whichever client raised it."""
    name = type(error).__name__
    message = str(error)
    return message if name in message else f"{name}: {message}" if message else name
