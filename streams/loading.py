"""Load the enrichment with what the settings say: the edge between them and the pure `streams.enrich`."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from pathlib import Path

from streams.enrich import STAGES, Enricher, build_enricher
from streams.settings import Settings


class Unset(Enum):
    """The default of an argument for which None has a meaning."""

    UNSET = "unset"


def load_enricher(
    *,
    tagger: str | Unset = Unset.UNSET,
    labeller: str | Unset = Unset.UNSET,
    gazetteer: Path | Unset | None = Unset.UNSET,
    taxonomy: Path | Unset | None = Unset.UNSET,
    stages: Iterable[str] = STAGES,
) -> Enricher:
    """Load the models that `stages` need, and return the enricher.

    An argument that is not given comes from the settings, which are read only then. None means no gazetteer,
    or the shipped taxonomy alone, whatever the settings say.

    From then on numpy's BLAS works on one thread in this process: run one process for each core instead.

    Raises UnknownTagger or UnknownLabeller for a name that is not one, and when a model cannot be loaded.
    Raises TaxonomyError or GazetteerError when a user's file cannot be used.
    """
    if (
        tagger is Unset.UNSET
        or labeller is Unset.UNSET
        or gazetteer is Unset.UNSET
        or taxonomy is Unset.UNSET
    ):
        settings = Settings()
        tagger = settings.tagger if tagger is Unset.UNSET else tagger
        labeller = settings.labeller if labeller is Unset.UNSET else labeller
        gazetteer = settings.gazetteer if gazetteer is Unset.UNSET else gazetteer
        taxonomy = settings.taxonomy if taxonomy is Unset.UNSET else taxonomy
    return build_enricher(
        tagger=tagger, labeller=labeller, gazetteer=gazetteer, taxonomy=taxonomy, stages=stages
    )
