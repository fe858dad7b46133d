"""Silver labels are written in files of some articles, and an interrupted run continues where it ended."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest

from streams.enrich.entities.taggers.bioes import TAGS
from streams.enrich.entities.taggers.wordpieces import WordPieces
from streams.training.entities import silver
from streams.training.entities.gold import SHINGLE, shingles
from streams.training.entities.silver import label, news_texts, read_silver

TEXTS = ["Rates rise in Berlin", "NATO meets", "Nobody came"]


@pytest.fixture
def word_pieces(tmp_path):
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *"abcdefghijklmnopqrstuvwxyz"]
    (tmp_path / "vocab.txt").write_text("\n".join(vocabulary))
    return WordPieces(tmp_path / "vocab.txt")


class Teacher:
    """A teacher that gives every piece the tag `S-LOC`, and counts its runs."""

    def __init__(self) -> None:
        self.runs = 0

    def __call__(self, ids, cases):
        self.runs += 1
        logits = np.zeros((*ids.shape, len(TAGS)), np.float32)
        logits[:, :, TAGS.index("S-LOC")] = 9.0
        return logits


def test_every_token_of_the_texts_gets_the_teachers_probabilities(tmp_path, word_pieces):
    label(TEXTS, Teacher(), word_pieces, tmp_path / "silver", seed=1)

    texts = read_silver(tmp_path / "silver")

    assert [" ".join(text.forms).casefold() for text in texts] == [text.casefold() for text in TEXTS]
    assert all(text.probabilities.shape == (len(text.forms), len(TAGS)) for text in texts)
    assert all(text.probabilities.sum(axis=1) == pytest.approx(1, abs=0.01) for text in texts)
    assert all((text.probabilities.argmax(axis=1) == TAGS.index("S-LOC")).all() for text in texts)


def test_files_that_exist_are_not_labelled_again(tmp_path, word_pieces, monkeypatch):
    monkeypatch.setattr(silver, "SHARD", 1)
    folder = tmp_path / "silver"
    label(TEXTS, Teacher(), word_pieces, folder, seed=1)
    (folder / "silver-001.npz").unlink()
    teacher = Teacher()

    label(TEXTS, teacher, word_pieces, folder, seed=1)

    assert teacher.runs == 1
    assert len(read_silver(folder)) == len(TEXTS)


def test_a_larger_teacher_has_the_greater_weight(tmp_path, word_pieces):
    def larger(ids, cases):
        logits = np.zeros((*ids.shape, len(TAGS)), np.float32)
        logits[:, :, TAGS.index("S-ORG")] = 9.0
        return logits

    label(TEXTS, Teacher(), word_pieces, tmp_path / "silver", seed=1, large=larger)

    (first, *_) = read_silver(tmp_path / "silver")
    assert set(first.probabilities.argmax(axis=1).tolist()) == {TAGS.index("S-ORG")}


def test_news_articles_are_drawn_by_the_seed_without_those_that_are_held_out(tmp_path):
    bodies = [" ".join(f"word{article}x{number}" for number in range(2 * SHINGLE)) for article in range(9)]
    (tmp_path / "news").mkdir()
    with gzip.open(tmp_path / "news" / "abp_news.jsonl.gz", "wt", encoding="utf-8") as lines:
        for body in bodies:
            lines.write(json.dumps({"title": "Title", "text": body}) + "\n")
    held_out = frozenset(shingles(bodies[4]))

    drawn = list(news_texts(tmp_path, 5, seed=1))
    every = list(news_texts(tmp_path, 20, seed=1, held_out=held_out))

    assert drawn == list(news_texts(tmp_path, 5, seed=1)) != list(news_texts(tmp_path, 5, seed=2))
    assert sorted(every) == sorted(f"Title\n\n{body}" for body in bodies if body != bodies[4])
