"""Options that several commands share."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

import click

LONGEST_SECONDS = 3_650 * 86_400  # ten years; a date that far back is always valid


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


class DurationParameter(click.ParamType):
    """A time such as 90m, 24h or 3d, in seconds."""

    name = "TIME"
    _SECONDS: ClassVar = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return `value` in seconds; fail for anything but a number with s, m, h or d."""
        if isinstance(value, float):
            return value  # click converts a default again
        text = str(value).strip().lower()
        try:
            seconds = float(text[:-1]) * self._SECONDS[text[-1:]]
        except (ValueError, KeyError):
            seconds = math.nan
        if not 0 < seconds < LONGEST_SECONDS:
            self.fail(f"{value!r} is not a time; write 90m, 24h or 3d", param, ctx)
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
