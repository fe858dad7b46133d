"""The encoder learns what a larger one finds alike, and which articles readers put into one story."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")

import torch

from streams.stories.likeness import VECTORS
from streams.training.entities.teacher import Size
from streams.training.stories import Grouped
from streams.training.story_encoder import learning
from streams.training.story_encoder.export import Projection
from streams.training.story_encoder.learning import Learner, Texts, train
from streams.training.story_encoder.teacher import SentenceEncoder, as_batch
from streams.training.story_vectors.lessons import Lesson
from streams.training.story_vectors.targets import unit
from tests.stories.articles import about

SUBJECTS, ARTICLES, WIDTH = 6, 60, 8


@pytest.fixture
def texts():
    """Articles of six subjects: each has three pieces of its subject, and one of its own."""
    rng = np.random.default_rng(1)
    directions = rng.normal(size=(SUBJECTS, 16))
    subjects = np.arange(ARTICLES) % SUBJECTS
    names = [f"{subject}/{number}" for number, subject in enumerate(subjects)]
    pieces = [
        [101, *(1000 + 10 * subject + rng.permutation(5)[:3]), 2000 + number, 102]
        for number, subject in enumerate(subjects)
    ]
    taught = unit(directions[subjects] + 0.2 * rng.normal(size=(ARTICLES, 16)))
    return Texts(dict(zip(names, pieces, strict=True)), names, taught)


@pytest.fixture
def learner():
    torch.manual_seed(2)
    encoder = SentenceEncoder(Size(hidden=16, layers=1, heads=2, epsilon=1e-12))
    rng = np.random.default_rng(2)
    weight = rng.normal(size=(WIDTH, 16)).astype(np.float32)
    return Learner(encoder, Projection(weight, np.zeros(WIDTH, np.float32)))


def lessons_of(texts: Texts, same: bool) -> list[Lesson]:
    """Return lessons of two articles of different subjects, which readers put into one story or not."""
    lessons = []
    for first in range(0, ARTICLES - 1, 2):
        articles = [
            Grouped(-1, "a", about(1, 1).model_copy(update={"article_id": texts.names[number]}))
            for number in (first, first + 1)
        ]
        lessons.append(
            Lesson(
                articles,
                np.zeros((2, 2, VECTORS), np.float32),
                np.full((2, 2), same),
                np.triu(np.ones((2, 2), bool), 1),
            )
        )
    return lessons


def similarities(learner: Learner, texts: Texts) -> np.ndarray:
    learner.eval()
    with torch.inference_mode():
        vectors = learner(as_batch([texts.pieces[name] for name in texts.names])).numpy()
    return vectors @ vectors.T


def test_the_similarities_of_the_larger_encoder_are_learned(learner, texts, monkeypatch):
    monkeypatch.setattr(learning, "RATES", (0.01, 0.01, 0.01))
    pairs = np.triu_indices(ARTICLES, 1)
    taught = (texts.taught @ texts.taught.T)[pairs]
    before = np.corrcoef(similarities(learner, texts)[pairs], taught)[0, 1]

    train(learner, texts, lessons_of(texts, same=False), seed=1, steps=60, say=lambda line: None)

    after = np.corrcoef(similarities(learner, texts)[pairs], taught)[0, 1]
    assert before < 0.7
    assert after > before + 0.1


def test_what_readers_grouped_is_learned(learner, texts, monkeypatch):
    monkeypatch.setattr(learning, "RATES", (0.01, 0.01, 0.01))
    monkeypatch.setattr(learning, "TAUGHT", 0.0)
    lessons = lessons_of(texts, same=True)
    first = np.arange(0, ARTICLES - 1, 2)
    before = similarities(learner, texts)[first, first + 1].mean()

    train(learner, texts, lessons, seed=1, steps=60, say=lambda line: None)

    assert similarities(learner, texts)[first, first + 1].mean() > before + 0.1


def test_the_words_and_places_stay_as_they_were(learner, texts):
    before = learner.state()["words.weight"].copy()

    train(learner, texts, lessons_of(texts, same=True), seed=1, steps=20, say=lambda line: None)

    assert np.array_equal(learner.state()["words.weight"], before)


def test_the_projection_gives_the_same_directions_as_the_learner(learner, texts):
    ids = as_batch([texts.pieces[name] for name in texts.names[:3]])
    learner.eval()
    with torch.inference_mode():
        expected = learner(ids).numpy()
        rows = unit(learner.encoder(ids).numpy())

    projection = learner.projection()

    assert unit(rows @ projection.weight.T + projection.bias) == pytest.approx(expected, abs=1e-5)
