"""What a training works on: examples to learn from, and sets of texts to measure on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from streams.enrich.embedding import Vectors
from streams.enrich.labels.gold import LabelledArticle
from streams.training.labels.batches import Example, example_of
from streams.training.labels.features import Features
from streams.training.labels.texts import development_texts, hold_out, training_texts, without_copies
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
    """The examples, the sets to measure on by name, and the vocabulary of both."""

    labels: tuple[str, ...]
    vocabulary: Vocabulary
    examples: list[Example]
    measured: dict[str, MeasuredSet]

    def fingerprint(self) -> str:
        """Return 16 hex digits that change with every example."""
        digest = hashlib.sha256(" ".join(self.labels).encode())
        for example in self.examples:
            for array in vars(example).values():
                digest.update(array.tobytes())
        return digest.hexdigest()[:16]


def choose_texts(
    data: Path, say: Callable[[str], None]
) -> tuple[list[LabelledArticle], dict[str, list[LabelledArticle]]]:
    """Return the articles to train on, and the sets to measure on; `say` how many there are of each."""
    joined = training_texts(data)
    for name, (articles, missing) in joined.items():
        say(f"{name}: {len(articles):,} texts; skipped {missing:,} ids that {data} lacks")
    kept, held = hold_out(chain.from_iterable(articles for articles, _ in joined.values()))
    measured = {**development_texts(data), HELD_OUT: held}
    training = without_copies(kept, [*chain.from_iterable(measured.values())])
    say(
        f"training on {len(training):,} texts; held out {len(held):,}, and left out "
        f"{len(kept) - len(training):,} that share passages with texts for measuring"
    )
    return training, measured


def prepare(
    training: Sequence[LabelledArticle],
    measured: dict[str, list[LabelledArticle]],
    describe: Callable[[Sequence[LabelledArticle]], list[Features]],
    labels: tuple[str, ...],
    vectors: Vectors,
) -> Material:
    """Describe all articles, number their words, and return the material."""
    sets = [training, *measured.values()]
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
            measured.items(), examples[1:], described[1:], strict=True
        )
    }
    return Material(labels, vocabulary, examples[0], measured_sets)
