"""Labels: the topics of an article, with the phrases that are the evidence. Pure."""

from __future__ import annotations

from streams.enrich.labels.labeller import Labeller
from streams.enrich.labels.registry import load_labeller

__all__ = ["Labeller", "load_labeller"]
