"""The linear model learns which terms speak for a label, from readers and from teachers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from streams.enrich.embedding import load_vectors
from streams.enrich.labels.terms import codes_of, word_keys
from streams.enrich.labels.words import BODY
from streams.training.labels.batches import Example
from streams.training.labels.terms import describe
from streams.training.labels.terms_training import LEAST_TEXTS, train_terms
from streams.training.labels.vocabulary import Vocabulary

TEXTS = [("envoys", 1.0), ("harvest", 0.0)] * 20
VOCABULARY = Vocabulary(
    ["envoys", "harvest", "met", "in", "rain", *(f"w{at}" for at in range(40))], load_vectors()
)


def example(word, target, at, told=None):
    rows = VOCABULARY.rows([word, "met", "in", "rain", f"w{at}"])
    zeros = np.zeros(len(rows), np.int8)
    firm = np.array([1.0 if told is None else 0.0], np.float32)
    soft = None if told is None else np.array([told], np.float32)
    return Example(
        rows, zeros, zeros + BODY, np.zeros(1, np.float32), np.array([target], np.float32), firm, soft
    )


def trained(examples):
    return train_terms(examples, describe(examples, VOCABULARY), lambda line: None)


def weight(model, word):
    (row,) = np.flatnonzero(model.keys == word_keys(codes_of([word]))[0])
    return float(model.weights[row, 0])


@pytest.mark.parametrize("told", [False, True], ids=["readers", "teachers"])
def test_a_term_that_tells_texts_apart_has_the_weight(told):
    examples = [
        example(word, target, at, target if told else None) for at, (word, target) in enumerate(TEXTS)
    ]

    model = trained(examples)

    assert weight(model, "envoys") > 0.1
    assert weight(model, "harvest") < -0.1
    logits = model.logits(describe(examples, VOCABULARY))[:, 0]
    assert logits[::2].min() > logits[1::2].max()


def test_a_term_in_few_texts_is_not_learned():
    examples = [example(word, target, at // (LEAST_TEXTS - 1)) for at, (word, target) in enumerate(TEXTS)]

    rare = word_keys(codes_of(["w3"]))[0]

    assert rare not in trained(examples).keys


def test_a_decision_that_nobody_made_does_not_count():
    examples = [example(word, target, at) for at, (word, target) in enumerate(TEXTS)]
    open_ones = [replace(one, mask=np.zeros(1, np.float32), targets=1 - one.targets) for one in examples]

    alone, beside = trained(examples), trained([*examples, *open_ones])

    assert weight(beside, "envoys") == pytest.approx(weight(alone, "envoys"), abs=0.1)


def test_the_same_texts_give_the_same_weights():
    examples = [example(word, target, at) for at, (word, target) in enumerate(TEXTS)]

    assert np.array_equal(trained(examples).weights, trained(examples).weights)
