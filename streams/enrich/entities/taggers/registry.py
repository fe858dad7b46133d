"""The mention taggers by name, and the fallback from the compact model to rules.

Each tagger is imported when it is asked for, so that nobody waits for the libraries of another.
"""

from __future__ import annotations

import logging

from streams.enrich.entities.taggers.base import MentionTagger
from streams.errors import UnknownTagger

log = logging.getLogger("wireroom.entities")

NAMES = ("compact", "accurate", "rules", "spacy:NAME")


def load_mention_tagger(name: str = "compact") -> MentionTagger:
    """Load the tagger called `name`, which is one of `NAMES`; `spacy:NAME` is an installed spaCy pipeline.

    `compact` falls back to the rules with a warning when its model file is missing. Raise UnknownTagger when
    no tagger has this name, or when a package that it needs is not installed.
    """
    if name == "compact":
        return _load_compact_or_rules()
    if name == "accurate":
        from streams.enrich.entities.taggers.accurate import AccurateTagger

        return AccurateTagger.load()
    if name == "rules":
        return _load_rules()
    kind, _, pipeline = name.partition(":")
    if kind == "spacy" and pipeline:
        from streams.enrich.entities.taggers.spacy_adapter import SpacyTagger

        return SpacyTagger.load(pipeline)
    raise UnknownTagger(f"no tagger is called {name!r}; choose one of {', '.join(NAMES)}")


def _load_compact_or_rules() -> MentionTagger:
    from streams.enrich.entities.taggers.compact import MODEL, CompactTagger

    if MODEL.is_file():
        return CompactTagger.load(MODEL)
    log.warning("compact model %s is missing; the rules tagger is used, which finds fewer names", MODEL)
    return _load_rules()


def _load_rules() -> MentionTagger:
    from streams.enrich.entities.linking.tables import load_tables
    from streams.enrich.entities.taggers.rules import RuleTagger

    return RuleTagger(load_tables())
