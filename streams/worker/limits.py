"""The limits of one transaction."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The most that one transaction takes."""

    records: int = 200
    bytes: int = 8_000_000
    seconds: float = 1.0  # of enrichment; a slower batch is cut and committed in parts
