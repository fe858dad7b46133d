"""The words that get a vector, and where their vectors start from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.enrich.embedding import StaticEmbedding, load_vectors
from streams.stories.terms import Hashes, hash_term, rarities_of, split_words, stem_of
from streams.training.story_vectors.articles import Article

FEWEST = 4
"""Articles that have a word of the vocabulary."""

Matrix = NDArray[np.float32]


class Vocabulary(NamedTuple):
    """Word stems in ascending order of their hashes, and the natural logarithm of their rarity."""

    stems: list[bytes]
    hashes: Hashes
    rarities: Matrix


def count_words(articles: Sequence[Article], fewest: int = FEWEST) -> Vocabulary:
    """Return the stems that stand in at least `fewest` of the articles.

    Words that tell nothing, such as "the", are left out: a fingerprint does not read them either. Of two
    stems with the same hash, the more frequent one stays.
    """
    counts: Counter[bytes] = Counter()
    for article in articles:
        counts.update({stem_of(word) for word in split_words(f"{article.headline} {article.text}")})
    by_hash: dict[int, bytes] = {}
    for stem, count in sorted(counts.items(), key=lambda pair: (pair[1], pair[0])):
        if count >= fewest and len(stem) > 1:
            by_hash[hash_term(stem)] = stem
    hashes = np.array(sorted(by_hash), dtype=np.uint32)
    hashes = hashes[rarities_of(hashes) > 0]
    stems = [by_hash[number] for number in hashes.tolist()]
    shares = np.array([counts[stem] / len(articles) for stem in stems])
    return Vocabulary(stems, hashes, -np.log(shares).astype(np.float32))


def meanings(stems: Sequence[bytes]) -> Matrix:
    """Return for each stem the sum of its word pieces' vectors, which cleanup and labels use as well."""
    words = [[stem.decode("utf-8", "replace")] for stem in stems]
    sums: Matrix = StaticEmbedding(load_vectors()).sums(words).astype(np.float32)
    return sums
