"""The passages of articles that teacher and student both read.

Of each article there is the whole, of which the teacher reads the beginning. Long articles have passages from
further down as well, so that words which rarely stand in a lead learn something too.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

from streams.training.story_vectors.articles import Article

TEACHER_CHARACTERS = 700
"""Characters of the text that the teacher reads after the headline."""

SECOND = 100
"""The word at which the second passage begins."""

LATER = 190
"""The first word at which a passage at a random place may begin."""

WORDS = 90
"""Words of a passage from further down."""


class Passage(NamedTuple):
    """A headline and a text, which the student reads, and the part that the teacher reads."""

    headline: str
    text: str
    taught: str


def whole(article: Article) -> Passage:
    """Return the article as a passage, of which the teacher reads the headline and the beginning."""
    taught = f"{article.headline}. {article.text[:TEACHER_CHARACTERS]}"
    return Passage(article.headline, article.text, taught)


def later_passages(article: Article, random_places: int) -> Iterator[Passage]:
    """Yield the passages of `article` from further down, up to `random_places` of them at random places.

    They depend on the article alone, so that the teacher's vectors hold for every seed.
    """
    for text in _later(article.text.split(), article.id, random_places):
        yield Passage("", text, text)


def _later(words: list[str], seed: str, random_places: int) -> Iterator[str]:
    draw = random.Random(seed)  # noqa: S311 - it keeps no secret
    if len(words) >= SECOND + WORDS:
        yield " ".join(words[SECOND : SECOND + WORDS])
    if len(words) < LATER + WORDS:
        return
    places = range(LATER, len(words) - WORDS + 1)
    for start in sorted(draw.sample(places, min(random_places, len(places)))):
        yield " ".join(words[start : start + WORDS])
