from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.enrich.entities.taggers import bioes
from streams.enrich.entities.taggers.bioes import ALLOWED, TAGS, TokenSpan
from streams.enrich.entities.taggers.tokens import tokenise


def is_allowed(tags) -> bool:
    return all(ALLOWED[a, b] for a, b in pairwise([0, *tags, 0]))


def random_scores(seed: int, length: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(length, len(TAGS))).astype(np.float32)


@pytest.mark.parametrize("seed", range(20))
def test_the_best_tags_of_a_name_are_those_of_an_exhaustive_search(seed):
    scores = random_scores(seed, 3)
    scores[:, 9:] = -50.0  # two types are enough, and leave 9 tags to search
    scores[:, 0] = scores[:, 1:9].max(1) - 0.1

    best = bioes.best_tags(scores)

    search = [tags for tags in product(range(9), repeat=3) if is_allowed(tags)]
    total = [sum(scores[token, tag] for token, tag in enumerate(tags)) for tags in search]
    assert sum(scores[token, tag] for token, tag in enumerate(best)) == pytest.approx(max(total), abs=1e-4)


@given(st.integers(0, 10_000), st.integers(0, 60))
def test_the_tags_follow_the_rules_whatever_the_scores(seed, length):
    assert is_allowed(bioes.best_tags(random_scores(seed, length)).tolist())


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(1, 4), st.integers(0, 3)),
        max_size=12,
    )
)
def test_mentions_are_the_same_after_encoding_and_decoding(gaps):
    spans, at = [], 0
    for gap, length, type_ in gaps:
        spans.append(TokenSpan(at + gap, at + gap + length - 1, type_))
        at += gap + length

    assert list(bioes.token_spans(bioes.encode(spans, at))) == spans


def test_a_mention_is_as_certain_as_its_least_certain_token():
    tokens = tokenise("met John Kerry")
    scores = np.full((3, len(TAGS)), -20.0, np.float32)
    scores[0, 0] = 5
    scores[1, TAGS.index("B-PER")] = 5
    scores[2, TAGS.index("E-PER")] = scores[2, TAGS.index("E-ORG")] = 5
    scores[2, TAGS.index("E-PER")] += 0.01

    (span,) = bioes.spans(tokens, scores)

    assert (span.start, span.end, span.type) == (4, 14, "PER")
    assert span.score == pytest.approx(0.5, abs=0.01)
