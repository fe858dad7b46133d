"""Kafka clients for commands and libraries: reach a broker in seconds, or say in one line what to do."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from kafka.errors import KafkaError, KafkaTimeoutError

from streams.admin import no_broker
from streams.errors import BrokerError

Client = TypeVar("Client")

CONNECT_MS = 8_000
_ADDRESS = re.compile(r"(?:\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::\d{1,5})?")

# What these clients warn of, such as a refused connection that they try again, is for who sets up logging.
for _name in ("kafka", "aiokafka"):
    logging.getLogger(_name).addHandler(logging.NullHandler())


def connect(client: Callable[..., Client], bootstrap: str, **options: Any) -> Client:
    """A kafka-python CLIENT that has reached the broker at BOOTSTRAP; BrokerError within CONNECT_MS."""
    check_address(bootstrap)
    with broker_errors(bootstrap):
        try:
            return client(bootstrap_servers=bootstrap.split(","), bootstrap_timeout_ms=CONNECT_MS, **options)
        except KafkaTimeoutError as error:
            raise no_broker(bootstrap) from error


def check_address(bootstrap: str) -> None:
    """Raise BrokerError unless BOOTSTRAP is HOST:PORT, or several parted by commas."""
    for address in bootstrap.split(","):
        if not _ADDRESS.fullmatch(address.strip()):
            raise BrokerError(f"{address!r} is no broker address: write HOST:PORT, such as localhost:9092")


def missing_topic(topic: str, bootstrap: str) -> BrokerError:
    """The broker does not know TOPIC."""
    return BrokerError(f"topic {topic} does not exist at {bootstrap}: create it with wireroom topics create")


@contextmanager
def broker_errors(bootstrap: str) -> Iterator[None]:
    """What kafka-python raises, as a BrokerError that names the address."""
    try:
        yield
    except KafkaError as error:
        raise BrokerError(f"the broker at {bootstrap} failed: {told(error)}") from error


def told(error: BaseException) -> str:
    """ERROR's class and message once, whichever client raised it."""
    name = type(error).__name__
    message = str(error)
    return message if name in message else f"{name}: {message}" if message else name
