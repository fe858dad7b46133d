"""What a fingerprint keeps of an article, and what it leaves out."""

from __future__ import annotations

import numpy as np

from streams.events import Fingerprint
from streams.stories.fingerprint import (
    ENTITY,
    HEADLINE,
    LEAD,
    SKETCH,
    TERMS,
    decode,
    features_of,
    fingerprint_of,
)
from streams.stories.terms import hash_term
from tests.stories.articles import START, about, article, words


def terms_of(text: str, headline: str | None = None, names: tuple[str, ...] = ()) -> dict[int, int]:
    features = features_of(article("a", text, headline=headline, names=names))
    return dict(zip(features.terms.tolist(), features.kinds.tolist(), strict=True))


def test_a_fingerprint_comes_back_from_json_with_the_same_features():
    made = about("flood", 1)

    features = decode(Fingerprint.model_validate_json(fingerprint_of(made, START).to_bytes()))

    before = features_of(made)
    assert [np.asarray(column).tolist() for column in features] == [
        np.asarray(column).tolist() for column in before
    ]


def test_a_fingerprint_is_small_however_long_the_article_is():
    long = fingerprint_of(article("a", " ".join(words("long", 60_000))), START)

    features = decode(long)

    assert (len(features.sketch), len(features.terms)) == (SKETCH, TERMS)
    assert len(long.to_bytes()) < 1_500


def test_words_know_where_they_stand():
    kinds = terms_of(
        "The glacier\n\nA glacier melts. " + "Nothing. " * 100 + "Moraines.", headline="The glacier"
    )

    assert kinds[hash_term(b"glacier")] & (HEADLINE | LEAD) == HEADLINE | LEAD
    assert kinds[hash_term(b"melt")] & (HEADLINE | LEAD) == LEAD
    assert kinds[hash_term(b"moraine")] & (HEADLINE | LEAD) == 0
    assert hash_term(b"the") not in kinds


def test_entities_are_terms_of_their_own():
    kinds = terms_of("Acme builds bridges.", names=("Acme",))

    assert [kind for kind in kinds.values() if kind >= ENTITY] != []
    assert kinds[hash_term(b"\0Acme")] >= ENTITY > kinds[hash_term(b"acme")]
