"""The training sees the terms that the shipped labeller finds, and a packed model says the same."""

from __future__ import annotations

import numpy as np
import pytest

from streams.enrich.embedding import load_embedding, load_vectors
from streams.enrich.labels.terms import LEAST_WORDS, Terms, codes_of, pairs, word_keys
from streams.enrich.labels.words import BREAK, read_words
from streams.events import TaggedArticle
from streams.training.labels.batches import Example
from streams.training.labels.terms import describe, find_rows, pack_terms
from streams.training.labels.vocabulary import Vocabulary
from tests.enrich.labels.networks import random_terms

LABELS = 2
TEXTS = (
    "The talks of ministers ended in storm.\n\nThe talks of envoys went on.",
    "Treaty",
    "A climate treaty, and talks on the climate: an ambassador of inflation.",
)
WORDS = [read_words(TaggedArticle(text=text, language="en", entities=[])) for text in TEXTS]
VOCABULARY = Vocabulary([form for words in WORDS for form in words.forms], load_vectors())
MODEL = random_terms(LABELS)


def example(words, phrases=(0.0, 0.0)):
    firm = np.ones(LABELS, np.float32)
    rows = VOCABULARY.rows(words.forms)
    return Example(rows, words.kinds, words.parts, np.array(phrases, np.float32), firm, firm)


@pytest.fixture
def described():
    return describe([example(words) for words in WORDS], VOCABULARY)


def test_a_term_of_a_text_is_there_once(described):
    first = described.keys[: described.counts[0]].tolist()

    assert len(set(first)) == len(first)
    talks, of = codes_of(["talks"]), codes_of(["talks", "of"])
    assert word_keys(talks)[0] in first
    assert pairs(of).keys[0] in first


def test_a_break_has_no_term(described):
    assert word_keys(codes_of([BREAK]))[0] not in described.keys


def test_terms_weigh_less_by_the_root_of_the_length(described):
    lengths = [max(len(words.forms), LEAST_WORDS) for words in WORDS]

    assert described.norms == pytest.approx([1 / np.sqrt(length) for length in lengths])


def test_rows_are_those_of_known_keys_text_by_text(described):
    keys = np.unique(described.keys)[::2]

    rows, counts = find_rows(described, keys)

    assert counts.sum() == len(rows)
    assert set(keys[rows].tolist()) == set(described.keys.tolist()) & set(keys.tolist())
    assert find_rows(described, keys[:0])[1].tolist() == [0, 0, 0]


@pytest.mark.parametrize("share", [1.0, 0.4])
def test_a_packed_model_says_what_the_trained_one_says(described, share):
    terms = Terms(pack_terms(MODEL, share), load_embedding())

    logits = MODEL.logits(described)

    for words, expected in zip(WORDS, logits, strict=True):
        assert terms.read(*words).totals == pytest.approx(share * (expected - MODEL.bias), rel=0.01, abs=0.01)


def test_the_phrases_count_by_their_spread():
    plain, told = describe([example(WORDS[0]), example(WORDS[0], (3.0, -1.0))], VOCABULARY).phrases

    assert plain.tolist() == [0, 0]
    assert told == pytest.approx([np.log(4), -np.log(2)])


def test_a_larger_share_makes_no_file_larger():
    one, two = (pack_terms(MODEL, share) for share in (0.5, 1.0))

    assert {name: array.nbytes for name, array in one.items()} == {
        name: array.nbytes for name, array in two.items()
    }
    assert one["term_units"] == pytest.approx(two["term_units"] / 2)
