"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

broker_option: Callable[[Any], Any] = click.option(
    "--broker",
    metavar="HOST:PORT",
    help="Kafka bootstrap servers, parted by commas.  [default: WIREROOM_BROKER or localhost:9092]",
)
