"""Train a labeller on labelled articles: python -m streams.training.labels DATA --work WORK.

DATA is a folder with `labels`, `news` and `entities`. The annotations of this package point to its texts by
id; an id that the folder lacks is skipped. WORK keeps the features of all texts and the last checkpoint: an
interrupted training continues after the last whole epoch, and draws what it would have drawn.

After each epoch the command prints figures beside those of the phrases that the product ships. The product
uses nothing that this command writes. It needs the extra `train`.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import click

from streams.enrich.embedding import load_vectors
from streams.enrich.entities import load_tagger
from streams.enrich.labels import load_labeller
from streams.errors import SourceError
from streams.training.labels.decisions import SECOND_READINGS, agreement, read_decisions
from streams.training.labels.features import FeatureFile
from streams.training.labels.material import Material, choose_texts, prepare
from streams.training.labels.report import heading, row

if TYPE_CHECKING:
    from streams.training.labels.student import Student

log = logging.getLogger(__name__)


@click.command(help=__doc__)
@click.argument("data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--work", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option("--epochs", type=click.IntRange(min=1), default=6, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@click.option("--threads", type=click.IntRange(min=1), default=2, show_default=True)
def main(data: Path, work: Path, epochs: int, seed: int, threads: int) -> None:
    """Join the texts, describe them, train on them, and print the figures."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    try:
        import torch
    except ModuleNotFoundError as error:
        raise click.ClickException(
            "torch is not installed; install Wireroom with the extra `train`"
        ) from error
    from streams.training.labels.learning import OtherTraining, Setup, Training

    torch.set_num_threads(threads)
    work.mkdir(parents=True, exist_ok=True)
    material = _material(data, work)
    setup = Setup(seed, epochs, material.fingerprint())
    try:
        training = Training(material.examples, material.vocabulary, setup, work / "student.pt")
    except OtherTraining as error:
        raise click.ClickException(str(error)) from error
    by_phrases = {name: measured.by_phrases for name, measured in material.measured.items()}
    click.echo(heading())
    click.echo(row("phrases", None, material.measured, by_phrases, material.labels))
    if training.done:
        click.echo(_figures(training.done, None, training.student, material))
    while training.done < epochs:
        loss = training.run_epoch()
        click.echo(_figures(training.done, loss, training.student, material))


def _material(data: Path, work: Path) -> Material:
    labeller = load_labeller()
    try:
        training, measured = choose_texts(data, log.info)
    except (FileNotFoundError, SourceError, ValueError) as error:
        raise click.ClickException(f"{error}; DATA must have labels/, news/ and entities/") from error
    first = read_decisions(data / "labels" / "train12.jsonl")
    second = read_decisions(SECOND_READINGS)
    log.info("second reading of a tenth of train12: %s", agreement(first, second, labeller.labels))
    file = FeatureFile(
        work / "features.jsonl",
        load_tagger("compact"),
        labeller,
        progress=lambda done, missing: log.info("described %d texts of %d", done, missing),
    )
    return prepare(training, measured, file.of, labeller.labels, load_vectors())


def _figures(epoch: int, loss: float | None, student: Student, material: Material) -> str:
    """Return the line of figures of the student; it gives a label if its probability is above a half."""
    from streams.training.labels.learning import predict

    given = {
        name: [
            frozenset(label for label, logit in zip(material.labels, logits, strict=True) if logit > 0)
            for logits in predict(student, measured.examples).tolist()
        ]
        for name, measured in material.measured.items()
    }
    return row(f"epoch {epoch}", loss, material.measured, given, material.labels)


if __name__ == "__main__":
    main()
