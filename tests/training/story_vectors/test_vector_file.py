"""The teacher reads each passage once, also if the training is interrupted."""

from __future__ import annotations

import numpy as np
import pytest

from streams.training.story_vectors.vector_file import RUN, VectorFile

TEXTS = [f"{'text ' * (number % 7)}{number}" for number in range(3 * RUN)]


class Teacher:
    """Gives a text its length and its last digit, and remembers what it read; breaks off at `limit` texts."""

    def __init__(self, limit=None):
        self.read = []
        self._limit = limit

    def encode(self, texts):
        if self._limit is not None and len(self.read) >= self._limit:
            raise KeyboardInterrupt
        self.read += texts
        return np.array([vector(text) for text in texts], np.float32)


def vector(text):
    return [len(text), int(text[-1])]


def told(done, missing):
    """Hear of the progress, and do nothing."""


def expected(texts):
    return [vector(text) for text in texts]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "teacher.vectors"


def test_vectors_come_in_the_order_of_the_texts(path):
    teacher = Teacher()

    assert VectorFile(path, "a", 2).of(TEXTS, teacher.encode, told).tolist() == expected(TEXTS)
    assert sorted(teacher.read) == sorted(TEXTS)


def test_only_new_texts_are_read_and_a_text_that_comes_twice_is_read_once(path):
    VectorFile(path, "a", 2).of(TEXTS[:40], Teacher().encode, told)
    teacher = Teacher()

    texts = [*TEXTS[:50], *TEXTS[30:50]]
    assert VectorFile(path, "a", 2).of(texts, teacher.encode, told).tolist() == expected(texts)
    assert sorted(teacher.read) == sorted(TEXTS[40:50])


def test_after_an_interruption_the_finished_runs_are_kept(path):
    broken = Teacher(limit=2 * RUN)
    with pytest.raises(KeyboardInterrupt):
        VectorFile(path, "a", 2).of(TEXTS, broken.encode, told)
    teacher = Teacher()

    assert VectorFile(path, "a", 2).of(TEXTS, teacher.encode, told).tolist() == expected(TEXTS)
    assert sorted(broken.read + teacher.read) == sorted(TEXTS)


def test_a_record_that_was_cut_off_is_computed_again(path):
    VectorFile(path, "a", 2).of(TEXTS, Teacher().encode, told)
    path.write_bytes(path.read_bytes()[:-3])
    teacher = Teacher()

    assert VectorFile(path, "a", 2).of(TEXTS, teacher.encode, told).tolist() == expected(TEXTS)
    assert len(teacher.read) == 1
    assert VectorFile(path, "a", 2).of(TEXTS, teacher.encode, told).tolist() == expected(TEXTS)
    assert len(teacher.read) == 1


def test_another_teacher_reads_all_texts_again(path):
    VectorFile(path, "a", 2).of(TEXTS, Teacher().encode, told)
    teacher = Teacher()

    VectorFile(path, "b", 2).of(TEXTS, teacher.encode, told)

    assert sorted(teacher.read) == sorted(TEXTS)


def test_the_progress_ends_with_all_texts(path):
    heard = []

    VectorFile(path, "a", 2).of(TEXTS[:-1], Teacher().encode, lambda *counts: heard.append(counts))

    assert heard == [(RUN, 3 * RUN - 1), (2 * RUN, 3 * RUN - 1), (3 * RUN - 1, 3 * RUN - 1)]
