"""What a training works on: examples to learn from, and sets of texts to measure on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from streams.enrich.embedding import Vectors
from streams.enrich.labels.gold import LabelledArticle
from streams.training.labels.batches import Example, example_of
from streams.training.labels.features import Features
from streams.training.labels.passages import unlabelled_passages
from streams.training.labels.texts import (
    RANDOM_NEWS,
    development_texts,
    hold_out,
    training_texts,
    unlabelled_texts,
    without_copies,
)
from streams.training.labels.vocabulary import Vocabulary

HELD_OUT = "held_out"


@dataclass(frozen=True)
class MeasuredSet:
    """Labelled articles that are not trained on, with the labels that the shipped phrases give them."""

    articles: list[LabelledArticle]
    examples: list[Example]
    by_phrases: list[frozenset[str]]


@dataclass(frozen=True)
class Material:
    """The examples with labels and those without, the sets to measure on by name, and the vocabulary."""

    labels: tuple[str, ...]
    vocabulary: Vocabulary
    examples: list[Example]
    unlabelled: list[Example]
    measured: dict[str, MeasuredSet]


def fingerprint(labels: Sequence[str], examples: Sequence[Example]) -> str:
    """Return 16 hex digits that change with every example."""
    digest = hashlib.sha256(" ".join(labels).encode())
    for example in examples:
        for array in vars(example).values():
            digest.update(b"none" if array is None else array.tobytes())
    return digest.hexdigest()[:16]


class Chosen(NamedTuple):
    """Articles to train on, articles that nobody labelled, and the sets to measure on by name.

    `news` are those of the training that nobody picked for their labels.
    """

    training: list[LabelledArticle]
    unlabelled: list[LabelledArticle]
    measured: dict[str, list[LabelledArticle]]
    news: list[LabelledArticle]


def choose_texts(data: Path, labels: Sequence[str], say: Callable[[str], None]) -> Chosen:
    """Return the articles of a data folder; `say` how many there are of each kind."""
    joined = training_texts(data)
    for name, (articles, missing) in joined.items():
        say(f"{name}: {len(articles):,} texts; skipped {missing:,} ids that {data} lacks")
    kept, held = hold_out(chain.from_iterable(articles for articles, _ in joined.values()))
    measured = {**development_texts(data), HELD_OUT: held}
    all_measured = [*chain.from_iterable(measured.values())]
    training = without_copies(kept, all_measured)
    undecided = [*unlabelled_texts(data, [*kept, *held], labels), *unlabelled_passages(data, held, labels)]
    unlabelled = without_copies(undecided, all_measured)
    say(
        f"training on {len(training):,} texts and {len(unlabelled):,} that nobody labelled; held out "
        f"{len(held):,}, and left out {len(kept) - len(training):,} that share passages with measured texts"
    )
    return Chosen(training, unlabelled, measured, joined[RANDOM_NEWS].articles)


def prepare(
    chosen: Chosen,
    describe: Callable[[Sequence[LabelledArticle]], list[Features]],
    labels: tuple[str, ...],
    vectors: Vectors,
) -> Material:
    """Describe all articles, number their words, and return the material."""
    sets = [chosen.training, chosen.unlabelled, *chosen.measured.values()]
    features = iter(describe([*chain.from_iterable(sets)]))
    described = [[next(features) for _ in articles] for articles in sets]
    forms = (form for own in described for one in own for form in one.words.forms)
    vocabulary = Vocabulary(forms, vectors)
    examples = [
        [
            example_of(labelled, own, vocabulary, labels)
            for labelled, own in zip(articles, features_of, strict=True)
        ]
        for articles, features_of in zip(sets, described, strict=True)
    ]
    measured_sets = {
        name: MeasuredSet(articles, own, [one.given for one in features_of])
        for (name, articles), own, features_of in zip(
            chosen.measured.items(), examples[2:], described[2:], strict=True
        )
    }
    return Material(labels, vocabulary, examples[0], examples[1], measured_sets)
