"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

broker_option: Callable[[Any], Any] = click.option(
    "--broker",
    metavar="HOST:PORT",
    help="Kafka bootstrap servers, separated by commas.  [default: WIREROOM_BROKER or localhost:9092]",
)
json_lines_option: Callable[[Any], Any] = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON Lines, one object a line."
)
publisher_option: Callable[[Any], Any] = click.option(
    "--publisher", metavar="NAME", help="Publisher of the articles that name none."
)
