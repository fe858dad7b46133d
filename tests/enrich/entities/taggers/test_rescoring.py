from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.enrich.entities.taggers.bioes import TAGS, TYPES, candidate_rows, softmax, sum_by_type
from streams.enrich.entities.taggers.compact import MODEL
from streams.enrich.entities.taggers.rescoring import FEATURES, MARGIN, Rescorer, token_features

PER, LOC = TAGS.index("S-PER"), TAGS.index("S-LOC")
TYPE_COLUMNS = slice(len(TAGS), len(TAGS) + len(TYPES) + 1)
ANY_CASE_COLUMNS = slice(TYPE_COLUMNS.stop, TYPE_COLUMNS.stop + len(TYPES) + 1)


def logits(*tags: int, score: float = 6.0) -> np.ndarray:
    """Return one row a token, in which one tag is likely and no other is ruled out."""
    scores = np.zeros((len(tags), len(TAGS)), np.float32)
    scores[np.arange(len(tags)), tags] = score
    return scores


def rescorer(seed: int | None = None) -> Rescorer:
    """Return a rescorer of 5 units with random weights, or with zeros, which change nothing."""
    rng = np.random.default_rng(seed)
    shapes = {
        "look_weight0": (FEATURES, 5),
        "look_bias0": (5,),
        "look_weight1": (5, len(TAGS)),
        "look_bias1": (len(TAGS),),
    }
    return Rescorer(
        {name: np.zeros(size) if seed is None else rng.normal(size=size) for name, size in shapes.items()}
    )


@pytest.fixture(scope="module")
def shipped() -> Rescorer:
    with np.load(MODEL) as weights:
        return Rescorer(dict(weights))


def test_a_token_is_described_by_the_types_of_its_form_at_other_places_and_not_at_its_own():
    scores = logits(PER, PER, LOC)

    features = token_features(["Kerry"] * 3, scores, np.arange(3))

    types = np.exp(features[:, TYPE_COLUMNS][:, :-1])
    person = sum_by_type(softmax(scores))[0].max()
    assert types[2, TYPES.index("PER")] == pytest.approx(person, abs=1e-3)
    assert types[2].argmax() == TYPES.index("PER")
    location = types[0, TYPES.index("LOC")]
    assert location == pytest.approx((person + types[2, TYPES.index("LOC")]) / 2, abs=1e-3)
    assert np.expm1(features[:, TYPE_COLUMNS][:, -1]) == pytest.approx([2, 2, 2])


def test_a_form_that_stands_once_is_described_by_its_other_spellings_alone():
    features = token_features(["KERRY", "Kerry", "Paris"], logits(PER, PER, LOC), np.arange(3))

    assert (features[:, TYPE_COLUMNS] == 0).all()
    assert np.expm1(features[:, ANY_CASE_COLUMNS][:, -1]) == pytest.approx([1, 1, 0])
    assert features[0, ANY_CASE_COLUMNS][:-1].argmax() == TYPES.index("PER")


def test_a_form_is_described_by_its_look_and_by_whether_the_text_has_it_in_lower_case():
    forms = ["EU", "May", "may", "M", "-"]

    looks = token_features(forms, logits(*[PER] * 5), np.arange(5))[:, -6:]

    assert looks.astype(int).tolist() == [
        [1, 1, 0, 0, 0, 1],
        [0, 1, 0, 1, 0, 1],
        [0, 0, 1, 0, 0, 1],
        [0, 1, 0, 0, 1, 1],
        [0, 0, 0, 0, 1, 0],
    ]


def test_rescoring_with_zero_weights_changes_no_probability():
    scores = logits(PER, 0, LOC)

    assert softmax(rescorer().rescore(["Kerry", "saw", "Paris"], scores)) == pytest.approx(
        softmax(scores), abs=2e-3
    )


def test_a_token_that_is_plainly_not_a_name_is_not_rescored():
    plain = logits(0, 0, score=20.0)

    assert rescorer(1).rescore(["saw", "him"], plain) is plain
    assert candidate_rows(np.concatenate([plain, logits(PER)]), MARGIN).tolist() == [2]


def test_the_shipped_weights_follow_the_places_that_are_sure(shipped):
    sure, unsure = logits(PER, score=9.0), logits(LOC, score=5.0)
    unsure[0, PER] = 4.8
    forms, scores = ["Madison"] * 4, np.concatenate([sure, sure, sure, unsure])

    assert scores[3].argmax() == LOC
    assert shipped.rescore(forms, scores)[3].argmax() == PER


@given(
    st.lists(st.sampled_from(["Kerry", "Paris", "KERRY", "the", ".", "\n", "ß", "İ"]), max_size=30),
    st.integers(0, 1000),
)
def test_rescoring_keeps_every_row_and_leaves_its_input_as_it_was(forms, seed):
    scores = np.random.default_rng(seed).normal(scale=20, size=(len(forms), len(TAGS))).astype(np.float32)
    before = scores.copy()

    rescored = rescorer(seed).rescore(forms, scores)

    assert (scores == before).all()
    assert rescored.shape == scores.shape
    assert np.isfinite(rescored).all()
    others = np.setdiff1d(np.arange(len(forms)), candidate_rows(scores, MARGIN))
    assert (rescored[others] == scores[others]).all()
