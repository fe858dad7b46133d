"""Train the entity taggers: python -m streams.training.entities --data DIR --work DIR.

DIR holds `entities/train/*.jsonl`, the development files beside it (read only to leave out what they share
with the training text) and `news/abp_news.jsonl.gz`. Every step leaves its files in the work folder and is
skipped when they are there; delete them to do it again. About two hours on two cores, 4 GB of memory.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import click
import torch

from streams.enrich.entities.accurate import MODELS
from streams.training.entities import export, gold, silver, student, teacher
from streams.training.entities.vectors import spacy_vectors

STEPS = ("teacher", "export", "silver", "student", "pack")


@click.command(help=__doc__)
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option("--work", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option("--models", type=click.Path(file_okay=False, path_type=Path), default=MODELS, show_default=True)
@click.option("--step", "steps", type=click.Choice(STEPS), multiple=True, default=STEPS, help="Default: all.")
@click.option("--seed", default=1, show_default=True)
@click.option("--threads", default=2, show_default=True)
@click.option("--teacher-epochs", default=4.0, show_default=True)
@click.option("--student-epochs", default=6, show_default=True)
@click.option("--articles", default=4000, show_default=True, help="Articles that get silver labels.")
@click.option("--version", default="1", show_default=True, help="Goes into the model files.")
def main(
    data: Path,
    work: Path,
    models: Path,
    steps: tuple[str, ...],
    seed: int,
    threads: int,
    teacher_epochs: float,
    student_epochs: int,
    articles: int,
    version: str,
) -> None:
    """Run STEPS in their order."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(threads)
    work.mkdir(parents=True, exist_ok=True)
    exact, small, net = work / "teacher.onnx", work / "accurate.onnx", work / "student.npz"

    def train_teacher() -> None:
        documents = gold.training_documents(data)
        trained = teacher.train(documents, work / "teacher.pt", epochs=teacher_epochs, seed=seed)
        export.to_onnx(trained, exact, version)

    def label_news() -> None:
        texts = list(silver.news_texts(data, articles, seed, gold.development_shingles(data)))
        silver.label(texts, export.runner(exact, threads), work / "silver", seed=seed)

    def train_student() -> None:
        vectors, documents = spacy_vectors(), gold.training_documents(data)
        trained = student.train(
            documents,
            silver.read_silver(work / "silver"),
            vectors,
            epochs=student_epochs,
            seed=seed,
        )
        # Tweets are unlike news; the gate is for news.
        gate = student.fit_gate(trained, [d for d in documents if d.has_misc][:400], seed)
        student.pack(trained, gate, vectors, net, version)

    def pack() -> None:
        models.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(net, models / "compact.npz")
        shutil.copyfile(small, models / "accurate.onnx")
        shutil.copyfile(teacher.encoder_folder() / "vocab.txt", models / "wordpieces.txt")

    plan: dict[str, tuple[Callable[[], None], Path]] = {
        "teacher": (train_teacher, exact),
        "export": (lambda: export.quantise(exact, small), small),
        "silver": (label_news, work / "silver" / f"silver-{(articles - 1) // silver.SHARD:03}.npz"),
        "student": (train_student, net),
        "pack": (pack, work / "packed"),  # cheap: done every time
    }
    for step in STEPS:
        run, made = plan[step]
        if step not in steps:
            continue
        if made.exists():
            click.echo(f"{step}: {made} is there", err=True)
        else:
            click.echo(f"{step}: to {made}", err=True)
            run()


if __name__ == "__main__":
    main()
