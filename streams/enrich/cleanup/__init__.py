"""Cleanup: a raw article becomes readable text. Pure."""

from __future__ import annotations

from streams.enrich.cleanup.cleaner import Cleaner

__all__ = ["Cleaner"]
