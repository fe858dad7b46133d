"""Publish articles: `from producers import publish`."""

from __future__ import annotations

from producers.articles import publish

__all__ = ["publish"]
