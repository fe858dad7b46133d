"""Pure enrichment: text in, events out. It knows no Kafka, no settings, no clock and no network.

enricher = load_enricher()              # models loaded once
enricher.clean(raw)                     # RawArticle -> CleanArticle
enricher.tag([clean, ...])              # -> list of TaggedArticle
enricher.label([tagged, ...])           # -> list of EnrichedArticle
enricher.enrich([raw, ...])             # all three -> list of EnrichedArticle
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from streams.events import CleanArticle, EnrichedArticle, RawArticle, TaggedArticle

if TYPE_CHECKING:
    from streams.enrich.cleanup import Cleaner
    from streams.enrich.entities import EntityTagger
    from streams.enrich.labels import Labeller
    from streams.loading import load_enricher as load_enricher

T = TypeVar("T")

STAGES = ("cleanup", "entities", "labels")


@dataclass(frozen=True)
class Enricher:
    """The three stages over models that were loaded once; for one thread at a time.

    A stage that was not loaded raises RuntimeError when called.
    """

    cleaner: Cleaner | None
    tagger: EntityTagger | None
    labeller: Labeller | None

    def clean(self, raw: RawArticle) -> CleanArticle:
        """Return the article as clean text. Raises EmptyArticle when no text is left."""
        return _loaded(self.cleaner, "cleanup").clean(raw)

    def tag(self, articles: Sequence[CleanArticle]) -> list[TaggedArticle]:
        """Return each article with its entities, in the order given."""
        return _loaded(self.tagger, "entities").tag(articles)

    def label(self, articles: Sequence[TaggedArticle]) -> list[EnrichedArticle]:
        """Return each article with its labels, in the order given."""
        return _loaded(self.labeller, "labels").label(articles)

    def enrich(self, articles: Iterable[RawArticle]) -> list[EnrichedArticle]:
        """Return each article after all three stages, in the order given.

        Raises EnrichmentError at the first article that cannot be enriched.
        """
        return self.label(self.tag([self.clean(raw) for raw in articles]))


UNLOADED = Enricher(None, None, None)


def build_enricher(
    *,
    tagger: str,
    labeller: str = "compact",
    gazetteer: Path | None,
    taxonomy: Path | None,
    stages: Iterable[str] = STAGES,
) -> Enricher:
    """Load the models that `stages` need, and return the enricher.

    `tagger` is compact, accurate, rules or spacy:NAME, and `labeller` is compact or accurate. `gazetteer` is
    the user's file of names, and `taxonomy` the user's folder of label files, or None. Raises TaxonomyError
    or GazetteerError when one cannot be used, UnknownTagger or UnknownLabeller when a model cannot.
    """
    # The stages import the libraries of their models, which the mere names of stages do not need.
    from streams.enrich.cleanup import Cleaner
    from streams.enrich.entities import load_tagger
    from streams.enrich.labels import load_labeller

    wanted = set(stages)
    return Enricher(
        cleaner=Cleaner() if "cleanup" in wanted else None,
        tagger=load_tagger(tagger, gazetteer) if "entities" in wanted else None,
        labeller=load_labeller(taxonomy, labeller) if "labels" in wanted else None,
    )


def _loaded(part: T | None, stage: str) -> T:
    if part is None:
        raise RuntimeError(f"this enricher was loaded without the {stage} stage")
    return part


def __getattr__(name: str) -> Any:
    """Return `load_enricher`, for `from streams.enrich import load_enricher`.

    It takes defaults from the settings, which this package must not import: so it lives in streams.loading,
    and is found by name only when a program asks for it.
    """
    if name == "load_enricher":
        return importlib.import_module("streams.loading").load_enricher
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
