"""A student learns the teacher's similarities, and the same ones each time."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from streams.training.story_vectors.bags import Bag, join_bags
from streams.training.story_vectors.figures import compare
from streams.training.story_vectors.learning import train
from streams.training.story_vectors.packing import embed, pack
from streams.training.story_vectors.start import FIRST_ZONES
from streams.training.story_vectors.student import Student, similarity_loss
from streams.training.story_vectors.targets import unit

WORDS, WIDTH, SUBJECTS = 80, 8, 8
HASHES = np.arange(WORDS, dtype=np.uint32)


@pytest.fixture(scope="module")
def start():
    return np.random.default_rng(1).normal(scale=0.3, size=(WORDS, WIDTH)).astype(np.float32)


@pytest.fixture(scope="module")
def bags():
    """Passages of eight subjects; each has ten words, of which a passage has some."""
    rng = np.random.default_rng(2)
    return [
        Bag(
            np.sort(rng.choice(10, 6, replace=False)) + 10 * (number % SUBJECTS),
            np.ones(6, np.int64),
            np.ones(6, np.float32),
        )
        for number in range(160)
    ]


@pytest.fixture(scope="module")
def taught():
    rng = np.random.default_rng(3)
    subjects = rng.normal(size=(SUBJECTS, 16))
    return unit(np.stack([subjects[number % SUBJECTS] + 0.3 * rng.normal(size=16) for number in range(160)]))


def trained(bags, taught, start, seed=1):
    return train(bags, taught, HASHES, start, seed=seed, steps=120, students=2, say=lambda line: None)


def test_the_training_brings_the_similarities_closer(bags, taught, start):
    mean = np.zeros(WIDTH, np.float32)
    before = pack(HASHES, start, np.array(FIRST_ZONES, np.float32), mean)

    after = trained(bags, taught, start)

    assert compare(embed(before, bags), taught).overall < 0.7
    assert compare(embed(after, bags), taught).overall > 0.9


def test_the_same_seed_makes_the_same_vectors(bags, taught, start):
    first, second, other = (trained(bags, taught, start, seed) for seed in (1, 1, 2))

    assert all((ours == theirs).all() for ours, theirs in zip(first, second, strict=True))
    assert not np.array_equal(first.matrix, other.matrix)


def test_a_student_embeds_as_the_packed_vectors_do(bags, start):
    student = Student(start)
    mean = np.linspace(-0.1, 0.3, WIDTH).astype(np.float32)
    student.mean.data = torch.from_numpy(mean)
    mixed = [bag._replace(zones=np.arange(6) % 3) for bag in bags]

    found = student(join_bags(mixed)).detach().numpy()

    packed = pack(HASHES, start, np.array(FIRST_ZONES, np.float32), mean)
    assert ((found * embed(packed, mixed)).sum(axis=1) > 0.999).all()


def test_equal_similarities_have_no_loss():
    vectors = torch.from_numpy(unit(np.random.default_rng(4).normal(size=(6, 5))))
    turn, _ = np.linalg.qr(np.random.default_rng(5).normal(size=(5, 5)))
    turned = vectors @ torch.from_numpy(turn.astype(np.float32))

    assert similarity_loss(turned, vectors, torch.arange(6).view(2, 3)).item() == pytest.approx(0, abs=1e-9)


def test_a_passage_that_was_drawn_twice_is_not_compared_with_itself():
    """Its own similarity is 1 for both, and must not hide the errors of other pairs."""
    vectors = torch.eye(3)[[0, 1, 0, 2]]
    taught = torch.tensor([[1.0, 0, 0], [0, 0, 1.0], [1.0, 0, 0], [0, 0, 1.0]])

    once = similarity_loss(vectors, taught, torch.tensor([[0, 1], [2, 3]]))
    twice = similarity_loss(vectors, taught, torch.tensor([[0, 1], [0, 3]]))

    assert twice.item() > once.item()


def test_a_neighbourhood_in_another_order_is_worse_than_one_that_is_closer_as_a_whole():
    def with_similarities(first, second, third):
        matrix = torch.tensor([[1, first, second], [first, 1, third], [second, third, 1.0]])
        return torch.linalg.cholesky(matrix)

    drawn, taught = torch.tensor([[0, 1, 2]]), with_similarities(0.3, 0.4, 0.5)

    closer = similarity_loss(with_similarities(0.4, 0.5, 0.6), taught, drawn)
    turned = similarity_loss(with_similarities(0.4, 0.3, 0.4), taught, drawn)

    assert turned.item() > 1.5 * closer.item()
