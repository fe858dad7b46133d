"""Features are computed once, and kept for as long as text, tagger and phrases are the same."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from streams.enrich.labels.gold import LabelledArticle
from streams.events import TaggedArticle
from streams.training.labels.features import BATCH, FeatureFile


class Tagger:
    """Finds no entities, and remembers what it read."""

    provenance = "none-1"

    def __init__(self):
        self.read = []

    def tag(self, articles):
        self.read += [article.text for article in articles]
        return [TaggedArticle(**{**dict(article), "entities": []}) for article in articles]


class Labeller:
    """Gives `climate` to every text that has "ice"."""

    def __init__(self, taxonomy_hash="1"):
        self.taxonomy_hash = taxonomy_hash

    def assess(self, article):
        definition = SimpleNamespace(label="climate")
        found = "ice" in article.text
        return [SimpleNamespace(raw=2.5 if found else 0.0, definition=definition, applies=found)]


@pytest.fixture
def tagger():
    return Tagger()


def labelled(text):
    article = TaggedArticle(text=text, language="en", entities=[])
    return LabelledArticle(article, frozenset(), frozenset())


def test_features_are_the_words_the_scores_and_the_labels_by_phrases(tmp_path, tagger):
    ice, sand = FeatureFile(tmp_path / "kept.jsonl", tagger, Labeller()).of(
        [labelled("The ice. Melts"), labelled("sand")]
    )

    assert (ice.words.forms, sand.words.forms) == (["the", "ice", "¶", "melts"], ["sand"])
    assert (ice.phrases.tolist(), sand.phrases.tolist()) == ([2.5], [0])
    assert (ice.given, sand.given) == (frozenset({"climate"}), frozenset())


def test_only_new_texts_are_tagged_and_kept_features_are_the_same(tmp_path, tagger):
    path = tmp_path / "kept.jsonl"
    texts = [labelled(f"ice number {number}") for number in range(BATCH + 1)]
    before = FeatureFile(path, tagger, Labeller()).of(texts)
    tagger.read.clear()

    after = FeatureFile(path, tagger, Labeller()).of([*texts, labelled("sand")])

    assert tagger.read == ["sand"]
    assert [features.words.forms for features in after[:-1]] == [features.words.forms for features in before]
    assert [features.phrases.tolist() for features in after[:-1]] == [[2.5]] * len(before)


def test_other_phrases_make_other_features(tmp_path, tagger):
    path = tmp_path / "kept.jsonl"
    FeatureFile(path, tagger, Labeller("1")).of([labelled("ice")])
    tagger.read.clear()

    FeatureFile(path, tagger, Labeller("2")).of([labelled("ice")])

    assert tagger.read == ["ice"]
