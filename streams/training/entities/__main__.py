"""Train the entity taggers: python -m streams.training.entities --data DIR --work DIR.

DIR holds `entities/train/*.jsonl`, the development files beside it (read only to leave out what they share
with the training text) and `news/abp_news.jsonl.gz`. Every step leaves its files in the work folder and is
skipped when they are there; delete them to do it again. With --short-floats, on two cores that multiply them
(AMX), 53 minutes from nothing; 4 GB of memory.

A first teacher learns from the gold text and says what it thinks of the news; a second learns from both, and
their average becomes the accurate tagger; the compact one learns from both too, and its second look from the
news alone. With --teacher an accurate tagger that is there already takes the first one's place, and with
--student a compact one is heard beside it and trained on. With --go-on the second teacher is trained on too.
With --large a larger one learns from the gold text and is heard of the news as well: with --short-floats, on
two cores that multiply them, some 40 minutes more, and two for every 200 articles.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import numpy as np
import torch

from streams.enrich.entities.taggers.accurate import MODELS
from streams.enrich.entities.taggers.compact import CompactTagger
from streams.enrich.entities.taggers.wordpieces import WordPieces
from streams.training.entities import export, gold, large, look, silver, student, teacher
from streams.training.entities.lists import name_classes
from streams.training.entities.vectors import spacy_vectors

STEPS = ("teacher", "large", "silver", "second", "export", "student", "look", "pack")


@click.command(help=__doc__)
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option("--work", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option("--models", type=click.Path(file_okay=False, path_type=Path), default=MODELS, show_default=True)
@click.option("--step", "steps", type=click.Choice(STEPS), multiple=True, default=STEPS, help="Default: all.")
@click.option("--seed", default=1, show_default=True)
@click.option("--threads", default=2, show_default=True)
@click.option(
    "--teacher",
    "given",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An accurate.onnx to begin with.",
)
@click.option(
    "--student",
    "begun",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A compact.npz to go on from, with its vectors and name classes.",
)
@click.option("--go-on", is_flag=True, help="Begin the second teacher with the weights of --teacher.")
@click.option("--large", "wanted_large", is_flag=True, help="Hear all-mpnet-base-v2 of the news too.")
@click.option("--large-epochs", default=2.0, show_default=True)
@click.option("--teacher-epochs", default=3.0, show_default=True, help="Of each of the two teachers.")
@click.option("--student-epochs", default=5.0, show_default=True)
@click.option("--short-floats", is_flag=True, help="Train teachers in bfloat16, where the processor has it.")
@click.option("--articles", default=4500, show_default=True, help="Articles that get silver labels.")
@click.option(
    "--second-articles", default=1500, show_default=True, help="Of those, how many the second teacher reads."
)
@click.option(
    "--other",
    "others",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="A teacher.onnx that went on from the same --teacher, to average with too.",
)
@click.option("--version", default="1", show_default=True, help="Goes into the model files.")
def main(
    data: Path,
    work: Path,
    models: Path,
    steps: tuple[str, ...],
    seed: int,
    threads: int,
    given: Path | None,
    begun: Path | None,
    go_on: bool,
    wanted_large: bool,
    large_epochs: float,
    teacher_epochs: float,
    student_epochs: float,
    short_floats: bool,
    articles: int,
    second_articles: int,
    others: tuple[Path, ...],
    version: str,
) -> None:
    """Run STEPS in their order."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(threads)
    work.mkdir(parents=True, exist_ok=True)
    first, exact = given or work / "first.onnx", work / "teacher.onnx"
    wide = work / "large.pt"
    small, net, looking = work / "accurate.onnx", work / "student.npz", work / "compact.npz"
    word_pieces = teacher.encoder_folder() / "vocab.txt"
    if go_on and not given:
        raise click.UsageError("--go-on needs a --teacher to go on from")

    def train_teacher(target: Path, opinion: Sequence[teacher.Silver] = (), *, on: bool = False) -> None:
        torch.manual_seed(seed)
        trained = teacher.train(
            teacher.known_teacher(export.weights_of(first)) if on else teacher.new_teacher(),
            gold.training_documents(data),
            target.with_suffix(".pt"),
            peak=teacher.LATER_PEAK if on else teacher.PEAK,
            silver=opinion,
            epochs=teacher_epochs,
            seed=seed,
            short_floats=short_floats,
        )
        export.to_onnx(trained, target, version)

    def export_teachers() -> None:
        export.average(exact, [first, *others], work / "average.onnx")
        export.quantise(work / "average.onnx", small)

    def train_large() -> None:
        torch.manual_seed(seed)
        teacher.train(
            large.new_large_teacher(),
            gold.training_documents(data),
            wide,
            peak=large.PEAK,
            fresh_peak=teacher.PEAK,
            epochs=large_epochs,
            seed=seed,
            short_floats=short_floats,
        )

    def label_news() -> None:
        texts = list(silver.news_texts(data, articles, seed, gold.development_shingles(data)))
        run = export.runner(first, threads)
        compact = CompactTagger.load(begun) if begun else None
        larger = large.known_runner(wide, short_floats=short_floats)
        silver.label(
            texts, run, WordPieces(word_pieces), work / "silver", seed=seed, compact=compact, large=larger
        )

    def train_student() -> None:
        documents = gold.training_documents(data)
        start = dict(np.load(begun)) if begun else None
        vectors, classes = student.tables(start) if start else (spacy_vectors(), name_classes())
        trained = student.train(
            documents,
            silver.read_silver(work / "silver"),
            vectors,
            classes,
            epochs=student_epochs,
            seed=seed,
            start=start,
        )
        # Tweets are unlike news; the gate is for news.
        gate = student.fit_gate(trained, [d for d in documents if d.has_misc][:400], seed)
        student.pack(trained, gate, vectors, classes, net, version)

    def train_look() -> None:
        weights = dict(np.load(net))
        weights |= look.fit(CompactTagger(weights), silver.read_silver(work / "silver"), seed)
        np.savez(looking, **weights)

    def pack() -> None:
        models.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(looking, models / "compact.npz")
        shutil.copyfile(small, models / "accurate.onnx")
        shutil.copyfile(word_pieces, models / "wordpieces.txt")

    plan: dict[str, tuple[Callable[[], None], Path]] = {
        "teacher": (lambda: train_teacher(first), first),
        "large": (train_large, wide),
        "silver": (label_news, work / "silver" / f"silver-{(articles - 1) // silver.SHARD:03}.npz"),
        "second": (
            lambda: train_teacher(exact, silver.read_silver(work / "silver")[:second_articles], on=go_on),
            exact,
        ),
        "export": (export_teachers, small),
        "student": (train_student, net),
        "look": (train_look, looking),
        "pack": (pack, work / "packed"),  # cheap: done every time
    }
    for step in STEPS:
        run, made = plan[step]
        if step not in steps or (step == "large" and not wanted_large):
            continue
        if made.exists():
            click.echo(f"{step}: {made} is there", err=True)
        else:
            click.echo(f"{step}: to {made}", err=True)
            run()


if __name__ == "__main__":
    main()
