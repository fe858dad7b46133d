"""Labels: what an article is about, with the phrases that say so. Pure."""

from __future__ import annotations

from streams.enrich.labels.labeller import Labeller, load_labeller

__all__ = ["Labeller", "load_labeller"]
