"""Entities: who, what and where an article names. Pure."""

from __future__ import annotations

from streams.enrich.entities.tagger import EntityTagger, load_tagger

__all__ = ["EntityTagger", "load_tagger"]
