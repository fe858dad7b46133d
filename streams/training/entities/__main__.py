"""Train the entity taggers: python -m streams.training.entities --data DIR --work DIR.

DIR holds `entities/train/*.jsonl`, `news/abp_news.jsonl.gz`, and the development files in `entities`, whose
texts are left out of the training. Each step leaves its files in the work folder and is skipped if they are
there; delete them to repeat the step. The whole training takes 4 GB of memory. With --short-floats, on two
cores that multiply them (AMX), it takes 53 minutes.

A first teacher learns from the gold text and labels the news. A second teacher learns from both, and the
average of the two becomes the accurate tagger. The compact tagger learns from both too; its rescoring learns
from the news alone. --teacher replaces the first teacher by an accurate tagger. --student is a compact tagger
that helps to label the news and is trained further. With --go-on the second teacher starts with the weights
of --teacher. With --large a larger teacher learns from the gold text and helps to label the news: this takes
some 40 minutes more, and two minutes for every 200 articles, with --short-floats on two such cores.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import torch

from streams.enrich.entities.taggers.accurate import MODELS
from streams.training.entities import teacher
from streams.training.entities.steps import Run

STEPS = ("teacher", "large", "silver", "second", "export", "student", "rescoring", "pack")


@click.command(help=__doc__)
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option("--work", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option("--models", type=click.Path(file_okay=False, path_type=Path), default=MODELS, show_default=True)
@click.option("--step", "steps", type=click.Choice(STEPS), multiple=True, default=STEPS, help="Default: all.")
@click.option("--seed", default=1, show_default=True)
@click.option("--threads", default=2, show_default=True)
@click.option(
    "--teacher",
    "given_teacher",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An accurate.onnx that replaces the first teacher.",
)
@click.option(
    "--student",
    "given_student",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A compact.npz to train further, with its vectors and name classes.",
)
@click.option("--go-on", is_flag=True, help="Start the second teacher with the weights of --teacher.")
@click.option("--large", "with_large", is_flag=True, help="Label the news with all-mpnet-base-v2 too.")
@click.option("--large-epochs", default=2.0, show_default=True)
@click.option("--teacher-epochs", default=3.0, show_default=True, help="Of each of the two teachers.")
@click.option("--student-epochs", default=5.0, show_default=True)
@click.option("--short-floats", is_flag=True, help="Train teachers in bfloat16, if the processor has it.")
@click.option("--articles", default=4500, show_default=True, help="Articles that get silver labels.")
@click.option(
    "--second-articles", default=1500, show_default=True, help="Those of them that the second teacher reads."
)
@click.option(
    "--other",
    "others",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="A teacher.onnx that started with the same --teacher, for the average.",
)
@click.option("--version", default="1", show_default=True, help="Version that the model files state.")
def main(steps: tuple[str, ...], with_large: bool, threads: int, work: Path, **options: Any) -> None:
    """Run `steps` in their order."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    if options["go_on"] and not options["given_teacher"]:
        raise click.UsageError("--go-on needs --teacher: a teacher to start with")
    torch.set_num_threads(threads)
    work.mkdir(parents=True, exist_ok=True)
    run = Run(work=work, threads=threads, word_pieces=teacher.encoder_folder() / "vocab.txt", **options)
    for step, (take_step, made) in _plan(run).items():
        if step not in steps or (step == "large" and not with_large):
            continue
        if made.exists():
            click.echo(f"{step}: {made} exists", err=True)
        else:
            click.echo(f"{step}: writing {made}", err=True)
            take_step()


def _plan(run: Run) -> dict[str, tuple[Callable[[], None], Path]]:
    """Return each step of `STEPS` with the last file that it writes."""
    return {
        "teacher": (run.train_first_teacher, run.first_teacher),
        "large": (run.train_large_teacher, run.large_teacher),
        "silver": (run.label_news, run.last_silver),
        "second": (run.train_second_teacher, run.second_teacher),
        "export": (run.export_teachers, run.accurate),
        "student": (run.train_student, run.student),
        "rescoring": (run.fit_rescoring, run.compact),
        "pack": (run.pack, run.work / "packed"),  # never written, so that this cheap step is always repeated
    }


if __name__ == "__main__":
    main()
