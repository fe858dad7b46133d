"""The steps of the training, each of which leaves files in the work folder."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch

from streams.enrich.entities.taggers.compact import CompactTagger
from streams.enrich.entities.taggers.wordpieces import WordPieces
from streams.training.entities import (
    export,
    gold,
    large,
    packing,
    rescoring,
    silver,
    student_training,
    teacher,
    teacher_training,
)
from streams.training.entities.lists import name_classes
from streams.training.entities.texts import Silver
from streams.training.entities.vectors import spacy_vectors
from streams.training.onnx_encoder import quantise

GATE_DOCUMENTS = 400


@dataclass(frozen=True)
class Run:
    """The options of one training; __main__.py describes them."""

    data: Path
    work: Path
    models: Path
    word_pieces: Path
    seed: int
    threads: int
    given_teacher: Path | None
    given_student: Path | None
    go_on: bool
    large_epochs: float
    teacher_epochs: float
    student_epochs: float
    short_floats: bool
    articles: int
    second_articles: int
    others: tuple[Path, ...]
    version: str

    @property
    def first_teacher(self) -> Path:
        """Return the file of the teacher that labels the news."""
        return self.given_teacher or self.work / "first.onnx"

    @property
    def second_teacher(self) -> Path:
        """Return the file of the teacher that learns from the labels too."""
        return self.work / "teacher.onnx"

    @property
    def large_teacher(self) -> Path:
        """Return the checkpoint of the larger teacher."""
        return self.work / "large.pt"

    @property
    def silver_folder(self) -> Path:
        """Return the folder of silver labels."""
        return self.work / "silver"

    @property
    def last_silver(self) -> Path:
        """Return the file of silver labels that is written last."""
        return self.silver_folder / f"silver-{(self.articles - 1) // silver.SHARD:03}.npz"

    @property
    def accurate(self) -> Path:
        """Return the file of the accurate tagger."""
        return self.work / "accurate.onnx"

    @property
    def student(self) -> Path:
        """Return the file of the student without its rescoring."""
        return self.work / "student.npz"

    @property
    def compact(self) -> Path:
        """Return the file of the compact tagger."""
        return self.work / "compact.npz"

    def train_first_teacher(self) -> None:
        """Train a teacher on the gold text alone."""
        self._train_teacher(self.first_teacher)

    def train_second_teacher(self) -> None:
        """Train a teacher on the gold text and on some of the silver labels."""
        silver_texts = silver.read_silver(self.silver_folder)[: self.second_articles]
        self._train_teacher(self.second_teacher, silver_texts, go_on=self.go_on)

    def _train_teacher(
        self, target: Path, silver_texts: Sequence[Silver] = (), *, go_on: bool = False
    ) -> None:
        """Train a teacher; with `go_on` start with the weights of the first one."""
        torch.manual_seed(self.seed)
        if go_on:
            untrained = teacher.known_teacher(export.weights_of(self.first_teacher))
        else:
            untrained = teacher.new_teacher()
        trained = teacher_training.train(
            untrained,
            gold.training_documents(self.data),
            target.with_suffix(".pt"),
            peak=teacher_training.LATER_PEAK if go_on else teacher_training.PEAK,
            silver=silver_texts,
            epochs=self.teacher_epochs,
            seed=self.seed,
            short_floats=self.short_floats,
        )
        export.to_onnx(trained, target, self.version)

    def train_large_teacher(self) -> None:
        """Train the larger teacher on the gold text."""
        torch.manual_seed(self.seed)
        teacher_training.train(
            large.new_large_teacher(),
            gold.training_documents(self.data),
            self.large_teacher,
            peak=large.PEAK,
            fresh_peak=teacher_training.PEAK,
            epochs=self.large_epochs,
            seed=self.seed,
            short_floats=self.short_floats,
        )

    def label_news(self) -> None:
        """Write silver labels of the news by the first teacher, and by the other models that are there."""
        held_out = gold.development_shingles(self.data)
        texts = list(silver.news_texts(self.data, self.articles, self.seed, held_out))
        silver.label(
            texts,
            export.runner(self.first_teacher, self.threads),
            WordPieces(self.word_pieces),
            self.silver_folder,
            seed=self.seed,
            compact=CompactTagger.load(self.given_student) if self.given_student else None,
            large=large.known_runner(self.large_teacher, short_floats=self.short_floats),
        )

    def export_teachers(self) -> None:
        """Write the accurate tagger: the average of the teachers in 8 bits."""
        average = self.work / "average.onnx"
        export.average(self.second_teacher, [self.first_teacher, *self.others], average)
        quantise(onnx.load(average), self.accurate)

    def train_student(self) -> None:
        """Train the student on the gold text and all silver labels, and fit its gate."""
        documents = gold.training_documents(self.data)
        start = dict(np.load(self.given_student)) if self.given_student else None
        vectors, classes = packing.unpack_tables(start) if start else (spacy_vectors(), name_classes())
        trained = student_training.train(
            documents,
            silver.read_silver(self.silver_folder),
            vectors,
            classes,
            epochs=self.student_epochs,
            seed=self.seed,
            start=start,
        )
        # The gate is for news; the documents without MISC are tweets and web text, which are unlike news.
        news_like = [document for document in documents if document.has_misc][:GATE_DOCUMENTS]
        gate = student_training.fit_gate(trained, news_like, self.seed)
        packing.pack(trained, gate, vectors, classes, self.student, self.version)

    def fit_rescoring(self) -> None:
        """Write the compact tagger: the student with a rescoring that is fitted to the silver labels."""
        weights = dict(np.load(self.student))
        weights |= rescoring.fit(CompactTagger(weights), silver.read_silver(self.silver_folder), self.seed)
        np.savez(self.compact, **weights)

    def pack(self) -> None:
        """Copy both taggers and the word pieces to the folder of models."""
        self.models.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.compact, self.models / "compact.npz")
        shutil.copyfile(self.accurate, self.models / "accurate.onnx")
        shutil.copyfile(self.word_pieces, self.models / "wordpieces.txt")
