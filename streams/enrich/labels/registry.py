"""The labellers by name."""

from __future__ import annotations

from pathlib import Path

from streams.enrich.embedding import load_embedding
from streams.enrich.labels import compact, encoder
from streams.enrich.labels.compact import CompactModel
from streams.enrich.labels.encoder import Encoder
from streams.enrich.labels.labeller import Labeller
from streams.enrich.labels.taxonomy import load_taxonomy
from streams.errors import UnknownLabeller

NAMES = ("compact", "accurate")


def load_labeller(folder: Path | None = None, name: str = "compact") -> Labeller:
    """Return the labeller called `name` for the shipped labels and those of a user's `folder`.

    `accurate` is the compact labeller with an encoder beside it. Raise UnknownLabeller if no labeller has
    this name, or if a package or a model file that it needs is missing or damaged. Raise TaxonomyError, with
    the file, the key, the value and the reason, if a label file cannot be used.
    """
    if name not in NAMES:
        raise UnknownLabeller(f"no labeller is called {name!r}; choose one of {', '.join(NAMES)}")
    taxonomy = load_taxonomy(folder)
    if name == "accurate":
        scorer = Encoder.load(encoder.MODEL)
        model = CompactModel.load(load_embedding(), compact.MODEL)
        if sorted(scorer.labels) != sorted(model.labels):
            raise UnknownLabeller(
                f"{encoder.MODEL} and {compact.MODEL.name} have different labels; install Wireroom again"
            )
        return Labeller(taxonomy, model, scorer)
    if not compact.MODEL.is_file():
        return Labeller(taxonomy)
    return Labeller(taxonomy, CompactModel.load(load_embedding(), compact.MODEL))
