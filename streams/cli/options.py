"""Options that several commands share."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import click


class SecondsParameter(click.ParamType):
    """A number of seconds, 0 or more."""

    name = "SECONDS"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return `value` as a number; fail for anything else, for a negative number and for nan."""
        try:
            seconds = float(value)
        except ValueError:
            seconds = math.nan
        if not seconds >= 0:
            self.fail(f"{value!r} is not a number of seconds; write 30 or 0.5", param, ctx)
        return seconds


broker_option: Callable[[Any], Any] = click.option(
    "--broker",
    metavar="HOST:PORT",
    help="Kafka bootstrap servers, separated by commas.  [default: WIREROOM_BROKER or localhost:9092]",
)
json_lines_option: Callable[[Any], Any] = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object a line."
)
publisher_option: Callable[[Any], Any] = click.option(
    "--publisher", metavar="NAME", help="Publisher of the articles that name none."
)
