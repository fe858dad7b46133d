"""The likeness of two articles does not depend on how it is computed."""

from __future__ import annotations

import numpy as np

from streams.stories.fingerprint import TERMS, features_of
from streams.stories.likeness import all_lengths_of, lengths_of, likenesses, query, stream_rarities
from tests.stories.articles import about, article


def test_the_lengths_of_many_articles_are_exactly_those_of_each():
    chance = np.random.default_rng(3)
    rarities = chance.integers(1, 256, size=(500, TERMS)).astype(np.uint8)
    kinds = chance.integers(0, 192, size=(500, TERMS)).astype(np.uint8)

    rows = all_lengths_of(rarities, kinds)

    assert rows.tolist() == [lengths_of(*row).tolist() for row in zip(rarities, kinds, strict=True)]
    assert lengths_of(rarities[0][::-1], kinds[0][::-1]).tolist() == rows[0].tolist()


def test_an_article_is_like_another_version_of_itself_and_unlike_the_others():
    made = [features_of(about("flood", 1)), features_of(about("vote", 2)), features_of(article("a", "…"))]
    terms, rarities, kinds = (
        np.array([np.pad(features[column], (0, TERMS - len(features.terms))) for features in made])
        for column in (1, 2, 3)
    )
    rare = stream_rarities(made[0], np.zeros(len(made[0].terms), dtype=np.int32), 0)
    asked = query(made[0], rare)

    lengths = all_lengths_of(rarities, kinds).astype(np.float32)
    alike, other, empty = likenesses(asked, terms, rarities, kinds, lengths).round(2)

    assert alike.tolist() == [1, 1, 1, 1, alike[4]]
    assert alike[4] > 0.9
    assert other.max() < 0.1
    assert empty.tolist() == [0] * 5
