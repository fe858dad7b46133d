from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.enrich.entities.taggers.bioes import TAGS, best_tags
from streams.enrich.entities.taggers.form_voting import vote_on_types


def logits(*rows: dict[str, float]) -> np.ndarray:
    """Return one row a token: the logs of the given probabilities, and of almost 0 for all other tags."""
    scores = np.full((len(rows), len(TAGS)), -12.0, np.float32)
    for token, row in enumerate(rows):
        for tag, probability in row.items():
            scores[token, TAGS.index(tag)] = np.log(probability)
    return scores


def tags(scores: np.ndarray) -> list[str]:
    return [TAGS[tag] for tag in best_tags(scores)]


SURE, UNSURE = {"S-PER": 0.99, "O": 0.01}, {"S-LOC": 0.55, "S-PER": 0.43, "O": 0.02}
OUTSIDE = {"O": 1.0}


def test_an_unsure_token_takes_the_type_of_the_sure_places_of_its_form():
    forms, scores = ["Madison", "in", "Madison", "Madison"], logits(SURE, OUTSIDE, UNSURE, SURE)

    assert tags(scores)[2] == "S-LOC"
    assert tags(vote_on_types(forms, scores)) == ["S-PER", "O", "S-PER", "S-PER"]


def test_the_vote_changes_no_borders_of_names():
    forms = ["Maria", "Madison", ",", "Madison", "Avenue"]
    scores = logits({"B-PER": 0.9}, {"E-PER": 0.9}, OUTSIDE, {"B-LOC": 0.6, "B-PER": 0.3}, {"E-LOC": 0.9})

    assert [tag[0] for tag in tags(vote_on_types(forms, scores))] == ["B", "E", "O", "B", "E"]


@pytest.mark.parametrize("form", ["may", "M", "-"])
def test_small_words_and_single_letters_do_not_vote(form):
    scores = logits(SURE, UNSURE, SURE)

    assert vote_on_types([form] * 3, scores) is scores


def test_a_token_that_is_plainly_not_a_name_neither_votes_nor_changes():
    forms, scores = ["May"] * 3, logits(SURE, UNSURE, OUTSIDE)

    moved = vote_on_types(forms, scores)

    assert (moved[2] == scores[2]).all()
    assert moved[1, TAGS.index("S-PER")] > scores[1, TAGS.index("S-PER")]


@given(
    st.lists(st.sampled_from(["Kerry", "Paris", "KERRY", "the", ".", "\n"]), max_size=30),
    st.integers(0, 1000),
)
def test_the_vote_keeps_every_row_and_leaves_its_input_as_it_was(forms, seed):
    scores = np.random.default_rng(seed).normal(scale=20, size=(len(forms), len(TAGS))).astype(np.float32)
    before = scores.copy()

    moved = vote_on_types(forms, scores)

    assert (scores == before).all()
    assert moved.shape == scores.shape
    assert np.isfinite(moved).all()
    assert (moved[:, 0] == scores[:, 0]).all()
