"""From the articles to what the student learns from, and what it is measured on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from streams.stories.terms import Hashes
from streams.training.story_vectors.articles import News
from streams.training.story_vectors.bags import Bag, read_bag
from streams.training.story_vectors.passages import Passage, later_passages, whole

HELD_OUT = 400
"""Whole articles that nothing is learned from; of few articles, a tenth."""

LEAST_WORDS = 20
"""Known words that a passage has at least."""


class Read(NamedTuple):
    """A passage: what the teacher reads, and the words that the student reads."""

    taught: str
    bag: Bag


class Material(NamedTuple):
    """The passages to learn from, of which the first `wholes` are whole articles, and those held out."""

    learned: list[Read]
    wholes: int
    held_out: list[Read]


def choose(news: News, hashes: Hashes, *, seed: int, random_places: int) -> Material:
    """Return the passages of the allowed articles; the `seed` decides which articles are held out."""
    order = np.random.default_rng(seed).permutation(news.allowed).tolist()
    count = min(HELD_OUT, len(order) // 10)
    held_out, learned = (
        [news.articles[number] for number in sorted(part)] for part in (order[:count], order[count:])
    )
    wholes = _read(map(whole, learned), hashes)
    later = (passage for article in learned for passage in later_passages(article, random_places))
    return Material([*wholes, *_read(later, hashes)], len(wholes), _read(map(whole, held_out), hashes))


def _read(passages: Iterable[Passage], hashes: Hashes) -> list[Read]:
    read = [Read(passage.taught, read_bag(hashes, passage.headline, passage.text)) for passage in passages]
    return [one for one in read if len(one.bag.rows) >= LEAST_WORDS]
