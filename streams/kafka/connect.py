"""Kafka clients for commands and libraries: reach a broker in seconds, or say in one line what to do."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from kafka.errors import KafkaError, KafkaTimeoutError

from streams.errors import BrokerError
from streams.kafka.security import check_access, client_options
from streams.settings import Settings

Client = TypeVar("Client")

CONNECT_MS = 8_000
_ADDRESS = re.compile(r"(?:\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::\d{1,5})?")

# What these clients warn of, such as a refused connection that they try again, is for who sets up logging.
for _name in ("kafka", "aiokafka"):
    logging.getLogger(_name).addHandler(logging.NullHandler())


def connect(
    client: Callable[..., Client], bootstrap: str, settings: Settings | None = None, **options: Any
) -> Client:
    """A kafka-python CLIENT that has reached the broker at BOOTSTRAP, with TLS and SASL as in SETTINGS.

    Without SETTINGS, those of the environment. Raises AccessRefused when the broker does not let it in, and
    BrokerError when there is none, both within 15 s.
    """
    check_address(bootstrap)
    settings = settings or Settings()
    secured = settings.uses_tls or settings.uses_sasl
    if secured:
        check_access(bootstrap, settings)
    with broker_errors(bootstrap):
        try:
            return client(
                bootstrap_servers=bootstrap.split(","),
                bootstrap_timeout_ms=CONNECT_MS,
                **client_options(settings),
                **options,
            )
        except KafkaTimeoutError as error:
            if not secured:
                check_access(bootstrap, settings)
            raise broker_missing(bootstrap) from error


def check_address(bootstrap: str) -> None:
    """Raise BrokerError unless BOOTSTRAP is HOST:PORT, or several parted by commas."""
    for address in bootstrap.split(","):
        if not _ADDRESS.fullmatch(address.strip()):
            raise BrokerError(f"{address!r} is no broker address: write HOST:PORT, such as localhost:9092")


def broker_missing(bootstrap: str) -> BrokerError:
    """What to say when nothing at BOOTSTRAP answers as a Kafka broker."""
    return BrokerError(
        f"no Kafka broker at {bootstrap}: start one with `wireroom broker` or set WIREROOM_BROKER"
    )


def topic_missing(topic: str, bootstrap: str) -> BrokerError:
    """The broker does not know TOPIC."""
    return BrokerError(f"topic {topic} does not exist at {bootstrap}: create it with wireroom topics create")


@contextmanager
def broker_errors(bootstrap: str) -> Iterator[None]:
    """What kafka-python raises, as a BrokerError that names the address."""
    try:
        yield
    except KafkaError as error:
        raise BrokerError(f"the broker at {bootstrap} failed: {describe_error(error)}") from error


def describe_error(error: BaseException) -> str:
    """ERROR's class and message once, whichever client raised it."""
    name = type(error).__name__
    message = str(error)
    return message if name in message else f"{name}: {message}" if message else name
