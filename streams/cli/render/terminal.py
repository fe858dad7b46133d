"""Text that is safe to print: an article must not control the terminal."""

from __future__ import annotations

# One character for each control character, so that offsets stay.
_CONTROLS = {code: "\ufffd" for code in [*range(32), *range(127, 160)] if code != ord("\n")} | {9: " "}


def printable(text: str) -> str:
    """Return `text` without characters that could control a terminal; all offsets stay."""
    return text.translate(_CONTROLS)


def cut(text: str, limit: int) -> str:
    """Return `text`, cut to `limit` characters with an ellipsis if it is longer."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
