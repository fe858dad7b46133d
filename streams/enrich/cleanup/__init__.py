"""Cleanup: a raw article becomes text that can be read on. Pure."""

from __future__ import annotations

from streams.enrich.cleanup.cleaner import Cleaner

__all__ = ["Cleaner"]
