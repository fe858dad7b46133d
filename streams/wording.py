"""Words of messages that depend on a number."""

from __future__ import annotations


def plural(count: int, noun: str, number_format: str = "") -> str:
    """Return `count` with `noun`, which takes an s unless `count` is 1: "1 letter", "2 letters".

    `number_format` is a format specification for `count`: "," makes "1,200 letters".
    """
    return f"{count:{number_format}} {noun}{'' if count == 1 else 's'}"
