"""Train the encoder of the accurate story vectors: python -m streams.training.story_encoder DATA --work WORK.

The encoder begins as all-MiniLM-L6-v2. It learns from 156 windows of DATA/news, which readers grouped into
stories: which articles are of one story, and which ones all-mpnet-base-v2, a larger encoder, finds alike.
Articles on which the stories are measured, and their copies, are left out.

WORK keeps the vectors of the larger encoder, which take a quarter of an hour on two cores. An interrupted
command continues there. The training after that takes some 20 minutes, and starts anew. The command needs
the extra `train`.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import click

from streams.enrich import load_enricher
from streams.enrich.blas import limit_blas_threads
from streams.stories.encoder import MODEL, PIECES, read_part
from streams.stories.vectors import WIDTH
from streams.training.story_vectors.articles import News, read_news
from streams.training.story_vectors.lessons import read_lessons
from streams.training.story_vectors.targets import Matrix, centred
from streams.training.story_vectors.vector_file import VectorFile
from streams.training.torch_extra import use_torch

WHITENING = 0.5
"""The power of an axis's spread that it is divided by: 0 leaves the axes, 1 makes them equally long."""

SAID = 320
"""Articles between two lines of progress."""

log = logging.getLogger(__name__)


@click.command(help=__doc__)
@click.argument("data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--work", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), default=MODEL, show_default=True)
@click.option("--release", default="2", show_default=True, help="The version of the vectors.")
@click.option("--steps", type=click.IntRange(min=20), default=400, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True)
def main(data: Path, work: Path, output: Path, release: str, steps: int, seed: int, threads: int) -> None:
    """Read the windows, have the larger encoder read their articles, train, and write the model file."""
    logging.basicConfig(format="%(asctime)s %(message)s")
    log.setLevel(logging.INFO)
    use_torch(threads)
    from streams.training.entities.teacher import SMALL
    from streams.training.story_encoder.export import fit_projection, write_encoder
    from streams.training.story_encoder.learning import Learner, Texts, train
    from streams.training.story_encoder.teacher import load_student

    limit_blas_threads()
    work.mkdir(parents=True, exist_ok=True)
    try:
        news = read_news(data)
    except FileNotFoundError as error:
        raise click.ClickException(f"{error}; DATA must have news/ and stories/") from error
    lessons = read_lessons(load_enricher(), data, {news.articles[at].id for at in news.allowed})
    articles = [one.article for lesson in lessons for one in lesson.articles]
    names = [article.article_id for article in articles]
    log.info("%d articles of %d windows", len(names), len(lessons))
    taught = centred(_taught(news, names, work), len(names), WHITENING)
    student = load_student(PIECES)
    texts = [read_part(article.headline or "", article.text) for article in articles]
    pieces = dict(zip(names, map(student.cut, texts), strict=True))
    learner = Learner(student.encoder, fit_projection(student.encode_all(texts), WIDTH, WHITENING))
    train(learner, Texts(pieces, names, taught), lessons, seed=seed, steps=steps, say=log.info)
    write_encoder(learner.state(), learner.projection(), output, heads=SMALL.heads, version=release)
    log.info("%d bytes: %s", output.stat().st_size, output)


def _taught(news: News, names: Sequence[str], work: Path) -> Matrix:
    """Return the larger encoder's vectors of the articles with these `names`, as they were collected."""
    from streams.training.story_encoder.teacher import NAME, TEACHER_PIECES, TEACHER_WIDTH, load_teacher

    def progress(done: int, missing: int) -> None:
        if done == missing or done % SAID == 0:
            log.info("the larger encoder has read %d articles of %d", done, missing)

    by_id = {article.id: article for article in news.articles}
    texts = [read_part(by_id[name].headline, by_id[name].text) for name in names]
    teacher = cache(load_teacher)
    file = VectorFile(work / "teacher.vectors", f"{NAME}, {TEACHER_PIECES} pieces", TEACHER_WIDTH)
    return file.of(texts, lambda run: teacher().encode(run), progress)


if __name__ == "__main__":
    main()
