"""Pure enrichment: text in, events out. Knows no Kafka, no clock, no network.

enricher = load_enricher()              # models loaded once
enricher.clean(raw)                     # RawArticle -> CleanArticle
enricher.tag([clean, ...])              # -> list of TaggedArticle
enricher.label([tagged, ...])           # -> list of EnrichedArticle
enricher.enrich([raw, ...])             # all three -> list of EnrichedArticle
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from streams.events import CleanArticle, EnrichedArticle, RawArticle, TaggedArticle
from streams.settings import Settings

if TYPE_CHECKING:
    from streams.enrich.cleanup import Cleaner
    from streams.enrich.entities import EntityTagger
    from streams.enrich.labels import Labeller

T = TypeVar("T")

STAGES = ("cleanup", "entities", "labels")


class Unset(Enum):
    """The default of an argument that may be None."""

    UNSET = "unset"


@dataclass(frozen=True)
class Enricher:
    """The three stages over models that were loaded once; safe to call from one thread at a time.

    A stage that was not loaded raises `RuntimeError` when called.
    """

    cleaner: Cleaner | None
    tagger: EntityTagger | None
    labeller: Labeller | None

    def clean(self, raw: RawArticle) -> CleanArticle:
        """The article as clean text. Raises EmptyArticle when no text is left."""
        return _loaded(self.cleaner, "cleanup").clean(raw)

    def tag(self, articles: Sequence[CleanArticle]) -> list[TaggedArticle]:
        """Each article with its entities, in the order given."""
        return _loaded(self.tagger, "entities").tag(articles)

    def label(self, articles: Sequence[TaggedArticle]) -> list[EnrichedArticle]:
        """Each article with its labels, in the order given."""
        return _loaded(self.labeller, "labels").label(articles)

    def enrich(self, articles: Iterable[RawArticle]) -> list[EnrichedArticle]:
        """All three stages; raises EnrichmentError at the first article that cannot be enriched."""
        return self.label(self.tag([self.clean(raw) for raw in articles]))


UNLOADED = Enricher(None, None, None)


def load_enricher(
    *,
    tagger: str | Unset = Unset.UNSET,
    gazetteer: Path | Unset | None = Unset.UNSET,
    taxonomy: Path | Unset | None = Unset.UNSET,
    stages: Iterable[str] = STAGES,
) -> Enricher:
    """Load the models that `stages` need.

    An argument that is not given comes from the settings, which are read only then. None means no gazetteer,
    or the shipped taxonomy alone, whatever the settings say.

    From then on numpy's BLAS works on one thread in this process; work is spread by processes, one a core.

    Raises TaxonomyError or GazetteerError when a user's file is not usable.
    """
    # The stages bring their models' libraries along; who only names them need not wait for those.
    from streams.enrich.blas import limit_blas_threads
    from streams.enrich.cleanup import Cleaner
    from streams.enrich.entities import load_tagger
    from streams.enrich.labels import load_labeller

    if tagger is Unset.UNSET or gazetteer is Unset.UNSET or taxonomy is Unset.UNSET:
        settings = Settings()
        tagger = settings.tagger if tagger is Unset.UNSET else tagger
        gazetteer = settings.gazetteer if gazetteer is Unset.UNSET else gazetteer
        taxonomy = settings.taxonomy if taxonomy is Unset.UNSET else taxonomy
    wanted = set(stages)
    enricher = Enricher(
        cleaner=Cleaner() if "cleanup" in wanted else None,
        tagger=load_tagger(tagger, gazetteer) if "entities" in wanted else None,
        labeller=load_labeller(taxonomy) if "labels" in wanted else None,
    )
    limit_blas_threads()
    return enricher


def _loaded(part: T | None, stage: str) -> T:
    if part is None:
        raise RuntimeError(f"this enricher was loaded without the {stage} stage")
    return part
