"""The compact labeller's model: a network, terms, and how they and the phrases become log-odds of labels.

The raw score of a label is base + slope * spread(words) + terms + strength * spread(phrases). `words` is the
sum of what the network says of the words, and of the article as a whole. `terms` is a linear sum over words
and pairs of words. `phrases` is the score of the label file: phrases, similarity and entities.
`streams.training.labels.export` writes the file, and MODEL_CARD.md says what it was trained on.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from streams.enrich.blas import load_arrays
from streams.enrich.embedding import StaticEmbedding
from streams.enrich.folding import fold_characters
from streams.enrich.labels.base import Decision
from streams.enrich.labels.network import Network
from streams.enrich.labels.terms import Terms
from streams.enrich.labels.words import article_parts, entity_kinds, locate_words
from streams.errors import UnknownLabeller

MODEL = Path(__file__).with_name("models") / "compact.npz"

FORMAT = 2
"""Of the model file; another number means other arrays."""


class Card(BaseModel):
    """What a model file says about itself; `decisions` has the labels in the order of the network."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    format: int
    version: str
    date: str
    trained_on: str
    decisions: dict[str, Decision]


class CompactModel:
    """A network with its scale, and terms. They have caches: call it from one thread at a time."""

    def __init__(self, card: Card, arrays: Mapping[str, NDArray[Any]], embedding: StaticEmbedding) -> None:
        """Take the card and the arrays of a model file."""
        self.card = card
        self.labels: tuple[str, ...] = tuple(card.decisions)
        self.network, self.terms = Network(arrays, embedding), Terms(arrays, embedding)
        self.base, self.slope = arrays["base"].astype(np.float64), arrays["slope"].astype(np.float64)
        self.strength = arrays["strength"].astype(np.float64)

    @property
    def version(self) -> str:
        """Return the name and the version of the model, for the taxonomy hash."""
        return f"compact {self.card.version}"

    @classmethod
    def load(cls, embedding: StaticEmbedding, path: Path = MODEL) -> CompactModel:
        """Load the model file at `path`.

        Raise UnknownLabeller if it is missing, damaged, or of another release.
        """
        try:
            arrays = load_arrays(path)
            card = Card.model_validate_json(bytes(arrays["card"]))
            if card.format != FORMAT:
                raise ValueError(f"it has format {card.format}, and this release reads format {FORMAT}")
            model = cls(card, arrays, embedding)
            model.check()
        except ValidationError as error:
            key = ".".join(map(str, error.errors()[0]["loc"]))
            raise _unusable(path, f"its card has an error in {key}") from error
        except (ArithmeticError, BadZipFile, EOFError, LookupError, NotImplementedError, OSError) as error:
            raise _unusable(path, error) from error
        except (RuntimeError, SyntaxError, TypeError, ValueError, zlib.error) as error:
            raise _unusable(path, error) from error
        return model

    def check(self) -> None:
        """Raise ValueError if the model does not give a finite number for each label."""
        folded = fold_characters("Ice melts")
        places = locate_words(folded, folded.split())
        words = places.forms, entity_kinds(places, []), article_parts(places, 0)
        totals, terms = self.network.read(*words).totals, self.terms.read(*words).totals
        for numbers in (totals, terms, self.base, self.slope, self.strength):
            if numbers.shape != (len(self.labels),) or not np.isfinite(numbers).all():
                raise ValueError(f"it does not give a number for each of {len(self.labels)} labels")


def _unusable(path: Path, reason: Exception | str) -> UnknownLabeller:
    if isinstance(reason, Exception):
        reason = " ".join(f"{type(reason).__name__}: {reason}".split())
    return UnknownLabeller(f"{path} cannot be used ({reason}); install Wireroom again")
