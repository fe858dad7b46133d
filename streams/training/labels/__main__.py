"""Train the shipped labellers on labelled articles: python -m streams.training.labels DATA --work WORK.

DATA is a folder with `labels`, `news` and `entities`. The annotations of this package point to its texts by
id; an id that the folder lacks is skipped.

An encoder and students of several seeds learn from the labelled articles. Their mean teaches the student
that is shipped, also on articles that nobody labelled, and the terms that are added to it. Then the scores
are calibrated on articles that were held out, and WORK gets the model files: compact.npz, and accurate.onnx
with the encoder.

WORK keeps the features of all texts and the checkpoints: an interrupted training continues after the last
whole epoch, and draws what it would have drawn. At the end the command prints the figures of every set,
beside those of the phrases alone. It needs the extra `train`.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import click
import numpy as np

from streams.enrich.embedding import load_vectors
from streams.enrich.entities import load_tagger
from streams.enrich.labels.labeller import Labeller
from streams.enrich.labels.taxonomy import load_taxonomy
from streams.errors import SourceError
from streams.training.labels.decisions import SECOND_READINGS, agreement, read_decisions
from streams.training.labels.features import FeatureFile
from streams.training.labels.material import Chosen, Material, choose_texts, fingerprint, prepare
from streams.training.labels.report import heading, row
from streams.training.labels.terms import describe
from streams.training.torch_extra import use_torch

log = logging.getLogger(__name__)


@click.command(help=__doc__)
@click.argument("data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--work", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option("--release", required=True, help="The version of the models, such as 1.")
@click.option("--encoder-epochs", type=click.IntRange(min=1), default=3, show_default=True)
@click.option("--epochs", type=click.IntRange(min=1), default=6, show_default=True, help="Of each student.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@click.option("--students", type=click.IntRange(min=1), default=2, show_default=True)
@click.option("--threads", type=click.IntRange(min=1), default=2, show_default=True)
def main(
    data: Path,
    work: Path,
    release: str,
    encoder_epochs: int,
    epochs: int,
    seed: int,
    students: int,
    threads: int,
) -> None:
    """Join the texts, train the teachers and the student, calibrate, export, and print the figures."""
    logging.basicConfig(format="%(asctime)s %(message)s")
    log.setLevel(logging.INFO)  # not the root, to which the quantiser says a line for each tensor
    use_torch(threads)
    from streams.training.labels.checkpoints import OtherTraining, Setup
    from streams.training.labels.models import calibrate, write_models
    from streams.training.labels.teachers import together, train_encoder, train_student
    from streams.training.labels.terms_training import train_terms

    work.mkdir(parents=True, exist_ok=True)
    chosen, material = _material(data, work)
    texts = fingerprint(material.labels, material.examples)
    measured = {name: one.examples for name, one in material.measured.items()}
    sets = {"training": material.examples, "unlabelled": material.unlabelled, **measured}
    articles = {"training": chosen.training, "unlabelled": chosen.unlabelled, **chosen.measured}
    try:
        setup = Setup(seed, encoder_epochs, texts)
        encoder = train_encoder(articles, material.labels, setup, work / "encoder.pt", log.info)
        teachers = [
            train_student(
                sets,
                material.vocabulary,
                Setup(seed + at, epochs, texts),
                work / f"teacher-{seed + at}.pt",
                log.info,
            )
            for at in range(students)
        ]
        mean = together(encoder.logits, [teacher.logits for teacher in teachers])
        taught = [
            replace(example, soft=1 / (1 + np.exp(-logits)))
            for name in ("training", "unlabelled")
            for example, logits in zip(sets[name], mean[name], strict=True)
        ]
        setup = Setup(seed, epochs, fingerprint(material.labels, taught))
        student = train_student(
            {**sets, "training": taught}, material.vocabulary, setup, work / "student.pt", log.info
        )
    except OtherTraining as error:
        raise click.ClickException(str(error)) from error
    vocabulary = material.vocabulary
    terms = train_terms(taught, describe(taught, vocabulary), log.info)
    by_terms = {name: terms.logits(describe(examples, vocabulary)) for name, examples in measured.items()}
    models = calibrate(
        material.labels, chosen.measured, chosen.news, student.logits, by_terms, encoder.logits
    )
    write_models(
        models, student.weights, terms, encoder.weights, work, release=release, texts=len(sets["training"])
    )
    click.echo(heading())
    by_phrases = {name: one.by_phrases for name, one in material.measured.items()}
    click.echo(row("phrases", material.measured, by_phrases, material.labels))
    click.echo(row("compact", material.measured, models.compact_given, material.labels))
    click.echo(row("accurate", material.measured, models.accurate_given, material.labels))


def _material(data: Path, work: Path) -> tuple[Chosen, Material]:
    phrases = Labeller(load_taxonomy(None))
    try:
        chosen = choose_texts(data, phrases.labels, log.info)
    except (FileNotFoundError, SourceError, ValueError) as error:
        raise click.ClickException(f"{error}; DATA must have labels/, news/ and entities/") from error
    first = read_decisions(data / "labels" / "train12.jsonl")
    second = read_decisions(SECOND_READINGS)
    log.info("second reading of a tenth of train12: %s", agreement(first, second, phrases.labels))
    file = FeatureFile(
        work / "features.jsonl",
        load_tagger("compact"),
        phrases,
        progress=lambda done, missing: log.info("described %d texts of %d", done, missing),
    )
    return chosen, prepare(chosen, file.of, phrases.labels, load_vectors())


if __name__ == "__main__":
    main()
