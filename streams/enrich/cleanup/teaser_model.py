"""The teaser model: the weights of the features, and how articles lie in the embedding.

`teasers.json` has the weights, and how many documents have each stem. `teasers.npz` has the directions of
other articles. `streams.training.teasers` makes both files, and its docstring says from what.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.enrich.blas import load_arrays

# The information of a word is its inverse document frequency. The order is that of the weights.
WORDING = (
    "covered",  # share of the line's information whose words are in the body
    "sum_of_ratios",  # of the words' log-likelihood ratios
    "mean_ratio",
    "lead",  # share of the line's information whose words are in the first three paragraphs
    "missing",  # number of words that are not in the body
    "rarest_missing",  # information of the rarest word that is not in the body
    "paragraph",  # share of the line's information in the best of the body's paragraphs
    "length",  # log of the body's length
)
MEANING = (
    "nearest_paragraph",  # cosine
    "near_paragraphs",  # mean of the three nearest
    "near_others",  # the same, less the mean of the five other articles that are nearest to the line
    "stands_out",  # how far the body is nearer than others, in their standard deviations
    "nearest_other",  # the body's cosine, less that of the other article that is nearest
    "rank",  # log of how many other articles are nearer than the body
)

Directions = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Others:
    """The directions of other articles, one row each, in a space with a `centre` and a `scale`.

    The scale makes the directions of the embedding that all news share count less.
    """

    centre: Directions
    scale: Directions
    articles: Directions

    def place(self, texts: NDArray[Any]) -> Directions:
        """Return the directions of texts, each given as a row: the sum of the vectors of its words."""
        return of_unit_length((of_unit_length(texts.astype(np.float32)) - self.centre) * self.scale)


def of_unit_length(rows: Directions) -> Directions:
    """Return the rows scaled to the length 1; a row of zeros stays."""
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    scaled: Directions = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    return scaled


@dataclass(frozen=True, eq=False)
class TeaserModel:
    """How common words are in news, where articles lie, and how much each feature speaks for a teaser.

    `frequencies` counts how many of the `documents` have a stem. A line whose wording scores less than
    `plain` is the article's own, whatever it means. A line whose score reaches `doubtful` may be a teaser; a
    line whose score reaches `certain` is one.
    """

    documents: int
    frequencies: dict[str, int]
    others: Others
    weights: tuple[float, ...]
    bias: float
    plain: float
    doubtful: float
    certain: float

    @cached_property
    def tokens(self) -> int:
        """The sum of all frequencies."""
        return sum(self.frequencies.values())

    def information(self, stem: str) -> float:
        """Return the inverse document frequency of `stem`, in nats."""
        return max(0.5, math.log((self.documents + 1) / (self.frequencies.get(stem, 1) + 0.5)))


@cache
def load_teaser_model() -> TeaserModel:
    """Return the model that the package ships."""
    folder = files("streams.enrich.cleanup")
    stored = json.loads(folder.joinpath("teasers.json").read_text(encoding="utf-8"))
    with folder.joinpath("teasers.npz").open("rb") as file:
        arrays = load_arrays(file)
    return TeaserModel(
        documents=stored["documents"],
        frequencies=stored["frequencies"],
        others=Others(
            arrays["centre"], arrays["scale"], of_unit_length(arrays["articles"].astype(np.float32))
        ),
        weights=tuple(stored["weights"][name] for name in (*WORDING, *MEANING)),
        bias=stored["bias"],
        plain=stored["plain"],
        doubtful=stored["doubtful"],
        certain=stored["certain"],
    )
