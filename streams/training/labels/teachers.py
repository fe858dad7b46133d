"""The teachers of the shipped student: the encoder, and students of several seeds.

Their mean knows more than each of them, and it has an opinion on texts that nobody labelled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from streams.enrich.labels.encoder import chunks
from streams.enrich.labels.gold import LabelledArticle
from streams.enrich.wordpieces import VOCABULARY, WordPieceCutter
from streams.training.entities.teacher import encoder_folder
from streams.training.labels.batches import Example, targets_and_mask
from streams.training.labels.checkpoints import Setup
from streams.training.labels.encoder import READING, Described, Encoder
from streams.training.labels.encoder_training import EncoderTraining
from streams.training.labels.learning import Training, predict
from streams.training.labels.vocabulary import Vocabulary

Logits = dict[str, NDArray[np.float32]]
"""The logits of each set of texts by its name: [texts, labels]."""

SAID = 2000
"""Chunks between two lines of progress."""

RUN = 2000
"""Articles that are described at a time to predict them."""

ENCODER_WEIGHT = 0.5
"""Weight of the encoder's logits; those of the students share the rest."""


class Taught(NamedTuple):
    """A trained model: its logits of each set of texts, and its weights by their names in torch."""

    logits: Logits
    weights: dict[str, NDArray[np.float32]]


def train_encoder(
    sets: Mapping[str, Sequence[LabelledArticle]],
    labels: Sequence[str],
    setup: Setup,
    path: Path,
    say: Callable[[str], None],
) -> Taught:
    """Train the encoder on the set `training`, with its checkpoint at `path`; give logits to all sets."""
    torch.manual_seed(setup.seed)
    encoder = pretrained_encoder(len(labels))
    cut = piece_cutter()
    described = _described(encoder, sets["training"], cut, say)
    decided = [targets_and_mask(labelled, labels) for labelled in sets["training"]]
    targets, mask = (np.stack(column) for column in zip(*decided, strict=True))
    training = EncoderTraining(encoder, described, targets, mask, setup, path)
    while training.done < setup.epochs:
        loss = training.run_epoch(lambda step, steps, loss: _tell(say, step, steps, loss))
        say(f"encoder: epoch {training.done}, loss {loss:.4f}")
    kept = path.with_suffix(".npz")
    if not kept.exists():
        logits = {"training": described.predict(encoder)}
        for name in sets.keys() - logits.keys():
            logits[name] = _predicted(encoder, sets[name], cut, say)
        np.savez(kept, allow_pickle=False, **logits)
    return Taught(dict(np.load(kept)), _weights(encoder))


def train_student(
    sets: Mapping[str, Sequence[Example]],
    vocabulary: Vocabulary,
    setup: Setup,
    path: Path,
    say: Callable[[str], None],
) -> Taught:
    """Train a student on the set `training`, with its checkpoint at `path`; give logits to all sets."""
    training = Training(sets["training"], vocabulary, setup, path)
    while training.done < setup.epochs:
        loss = training.run_epoch()
        say(f"{path.stem}: epoch {training.done}, loss {loss:.4f}")
    student = training.student
    return Taught({name: predict(student, examples) for name, examples in sets.items()}, _weights(student))


def _weights(model: nn.Module) -> dict[str, NDArray[np.float32]]:
    return {name: weight.detach().numpy().copy() for name, weight in model.state_dict().items()}


def together(encoder: Logits, students: Sequence[Logits]) -> Logits:
    """Return the weighted mean of the encoder's logits and those of the students."""
    return {
        name: ENCODER_WEIGHT * encoder[name]
        + (1 - ENCODER_WEIGHT) * np.mean([logits[name] for logits in students], axis=0)
        for name in encoder
    }


def pretrained_encoder(labels: int) -> Encoder:
    """Return an encoder with the weights of all-MiniLM-L6-v2 and an untrained head."""
    from safetensors.torch import load_file

    encoder = Encoder(labels)
    encoder.load_encoder(load_file(encoder_folder() / "model.safetensors"))
    return encoder


def piece_cutter() -> Callable[[str], list[list[int]]]:
    """Return a function from a text to its chunks of word pieces, each with its marks at both ends."""
    cutter = WordPieceCutter(VOCABULARY)
    most = READING.pieces * READING.chunks

    def cut(text: str) -> list[list[int]]:
        pieces = cutter.cut(text, most)
        return [[cutter.opening, *chunk, cutter.closing] for chunk in chunks(pieces, READING)]

    return cut


def _predicted(
    encoder: Encoder,
    articles: Sequence[LabelledArticle],
    cut: Callable[[str], list[list[int]]],
    say: Callable[[str], None],
) -> NDArray[np.float32]:
    """Return the logits of the articles, described in runs because descriptions take memory."""
    runs = [articles[first : first + RUN] for first in range(0, len(articles), RUN)]
    return np.concatenate([_described(encoder, run, cut, say).predict(encoder) for run in runs])


def _described(
    encoder: Encoder,
    articles: Sequence[LabelledArticle],
    cut: Callable[[str], list[list[int]]],
    say: Callable[[str], None],
) -> Described:
    chunks_of = [cut(labelled.article.text) for labelled in articles]
    total, done = sum(map(len, chunks_of)), 0

    def progress(chunks_done: int) -> None:
        nonlocal done
        if (done + chunks_done) // SAID != done // SAID:
            say(f"encoder: described {done + chunks_done:,} chunks of {total:,}")
        done += chunks_done

    return Described(encoder, chunks_of, progress)


def _tell(say: Callable[[str], None], step: int, steps: int, loss: float) -> None:
    if step % 50 == 0:
        say(f"encoder: step {step} of {steps}, loss {loss:.4f}")
