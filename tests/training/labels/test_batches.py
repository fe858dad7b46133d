"""Articles become rows, targets and masks, and each example is in one batch of an epoch."""

from __future__ import annotations

import numpy as np

from streams.enrich.embedding import Vectors
from streams.enrich.labels.gold import LabelledArticle
from streams.enrich.labels.words import BODY, BREAK, read_words
from streams.events import TaggedArticle
from streams.training.labels.batches import (
    BATCH,
    Example,
    count_batches,
    epoch_batches,
    example_of,
    make_batch,
    targets_and_mask,
)
from streams.training.labels.features import Features
from streams.training.labels.vocabulary import Vocabulary

LABELS = ("climate", "diplomacy", "trade")
VECTORS = Vectors(["ice", "##s", "melts"], np.array([[32, 0], [0, 64], [32, 32]], np.int8), "test")


def tagged(text, headline=None, entities=()):
    return TaggedArticle(text=text, headline=headline, language="en", entities=[*entities])


def labelled(labels, ambiguous):
    return LabelledArticle(tagged("Ice melts"), frozenset(labels), frozenset(ambiguous))


def example(length, target=0.0):
    firm = np.ones(1, np.float32)
    zeros = np.zeros(length, np.int8)
    return Example(np.arange(length), zeros, zeros, firm, np.array([target], np.float32), firm)


def test_a_label_that_the_reader_left_open_is_masked():
    targets, mask = targets_and_mask(labelled({"climate"}, {"trade"}), LABELS)

    assert targets.tolist() == [1, 0, 0]
    assert mask.tolist() == [1, 1, 0]


def test_a_word_has_the_mean_of_its_pieces_vectors_and_an_unknown_word_has_none():
    vocabulary = Vocabulary(["ices", "melts", BREAK], VECTORS)

    ices, unseen, stop = vocabulary.rows(["ices", "unseen", BREAK]).tolist()

    assert vocabulary.vectors[ices].tolist() == [0.5, 1.0]
    assert unseen == vocabulary.unknown
    assert vocabulary.vectors[[unseen, stop]].tolist() == [[0, 0], [0, 0]]
    assert vocabulary.spellings[unseen] == 0
    assert vocabulary.spellings[ices] > 0


def test_an_example_has_a_row_for_each_word():
    words = read_words(tagged("Ice melts"))
    vocabulary = Vocabulary(words.forms, VECTORS)
    features = Features(words, np.array([1.5, 0, 0], np.float32), frozenset({"climate"}))

    made = example_of(labelled({"climate"}, ()), features, vocabulary, LABELS)

    assert made.rows.tolist() == vocabulary.rows(["ice", "melts"]).tolist()
    assert made.phrases.tolist() == [1.5, 0, 0]
    assert made.targets.tolist() == [1, 0, 0]


def test_a_shorter_text_is_filled_up_with_unknown_words():
    batch = make_batch([example(3), example(1)], unknown=9)

    assert batch.rows.tolist() == [[0, 1, 2], [0, 9, 9]]
    assert batch.parts.tolist() == [[0, 0, 0], [0, BODY, BODY]]
    assert batch.lengths.tolist() == [3, 1]


def test_an_epoch_has_each_example_once_and_the_seed_decides_the_order():
    examples = [example(1 + number % 90, float(number)) for number in range(2 * BATCH + 5)]

    epochs = [[*epoch_batches(examples, 0, np.random.default_rng(seed))] for seed in (1, 1, 2)]

    first, again, other = [[batch.targets[:, 0].tolist() for batch in batches] for batches in epochs]
    assert sorted(number for batch in first for number in batch) == list(range(2 * BATCH + 5))
    assert len(first) == count_batches(examples) == 3
    assert first == again != other
