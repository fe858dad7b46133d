"""Train the vectors of the stories: python -m streams.training.story_vectors DATA --work WORK.

DATA is a folder with `news` and `stories`. Students, which have a vector for each word and add them up, learn
the similarities that the encoder of the accurate vectors sees between articles (train that one first). The
mean of the students is turned so that articles of one story point the same way, as readers grouped them.
Articles on which the stories are measured are left out.

WORK keeps the teacher's vectors: an interrupted command goes on where it was, and a second training starts
at once. At the end the command prints how well the similarities of held-out articles are kept. It needs the
extra `train`.
"""

from __future__ import annotations

import datetime
import logging
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import click
import numpy as np

from streams.enrich import load_enricher
from streams.enrich.blas import limit_blas_threads
from streams.stories.vectors import WIDTH
from streams.training.story_vectors.articles import read_news
from streams.training.story_vectors.figures import compare
from streams.training.story_vectors.lessons import read_all_lessons
from streams.training.story_vectors.material import Material, choose
from streams.training.story_vectors.packing import embed, pack, write
from streams.training.story_vectors.start import FIRST_ZONES, first_vectors
from streams.training.story_vectors.targets import Matrix, centred
from streams.training.story_vectors.vector_file import VectorFile
from streams.training.story_vectors.vocabulary import Vocabulary, count_words, meanings
from streams.training.torch_extra import use_torch

OUTPUT = Path(__file__).parents[2] / "stories" / "vectors.npz"
SAID = 1600
"""Passages between two lines of progress."""

log = logging.getLogger(__name__)


@click.command(help=__doc__)
@click.argument("data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--work", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), default=OUTPUT, show_default=True)
@click.option("--release", default="2", show_default=True, help="The version of the vectors.")
@click.option("--steps", type=click.IntRange(min=10), default=1500, show_default=True)
@click.option("--random-places", type=click.IntRange(min=0), default=1, show_default=True)
@click.option("--whitening", type=click.FloatRange(0, 1), default=0, show_default=True)
@click.option("--students", type=click.IntRange(min=1), default=3, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True)
def main(
    data: Path,
    work: Path,
    output: Path,
    release: str,
    steps: int,
    random_places: int,
    whitening: float,
    students: int,
    seed: int,
    threads: int,
) -> None:
    """Choose passages, have the teacher read them, train the student, write the file, print the figures."""
    logging.basicConfig(format="%(asctime)s %(message)s")
    log.setLevel(logging.INFO)
    use_torch(threads)
    from streams.training.story_vectors.learning import train
    from streams.training.story_vectors.teacher import NAME
    from streams.training.story_vectors.turning import turned

    limit_blas_threads()
    work.mkdir(parents=True, exist_ok=True)
    vocabulary, material = _material(data, seed, random_places)
    passages = [*material.learned, *material.held_out]
    vectors = _taught([passage.taught for passage in passages], work, threads)
    targets = centred(vectors, material.wholes, whitening)
    bags = [passage.bag for passage in passages]
    count = len(material.learned)
    try:
        start = first_vectors(meanings(vocabulary.stems), vocabulary.rarities, bags[:count], WIDTH)
        zones, mean = np.array(FIRST_ZONES, np.float32), np.zeros(WIDTH, np.float32)
        before = pack(vocabulary.hashes, start, zones, mean)
        learned = train(
            bags[:count],
            targets[:count],
            vocabulary.hashes,
            start,
            seed=seed,
            steps=steps,
            students=students,
            say=log.info,
        )
        after = turned(learned, read_all_lessons(load_enricher(), data))
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        size = write(after, output, version=release, date=today, teacher=NAME, texts=count)
        click.echo("| vectors | correlation, all pairs | the closest 20 |\n| --- | --- | --- |")
        for name, packed in (("before the training", before), ("trained", learned), ("turned", after)):
            figures = compare(embed(packed, bags[count:]), targets[count:])
            click.echo(f"| {name} | {figures.overall:.3f} | {figures.local:.3f} |")
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    log.info("%d words of %d numbers, %d bytes: %s", *after.matrix.shape, size, output)


def _material(data: Path, seed: int, random_places: int) -> tuple[Vocabulary, Material]:
    try:
        news = read_news(data)
    except FileNotFoundError as error:
        raise click.ClickException(f"{error}; DATA must have news/ and stories/") from error
    vocabulary = count_words(news.articles)
    material = choose(news, vocabulary.hashes, seed=seed, random_places=random_places)
    log.info(
        "%d words; %d passages of %d articles; %d articles held out",
        len(vocabulary.hashes),
        len(material.learned),
        material.wholes,
        len(material.held_out),
    )
    return vocabulary, material


def _taught(texts: Sequence[str], work: Path, threads: int) -> Matrix:
    """Return the teacher's vectors of `texts`; the teacher is loaded if the file in `work` lacks some."""
    from streams.training.story_vectors.teacher import PIECES, TEACHER_WIDTH, digest_of, load_teacher

    def progress(done: int, missing: int) -> None:
        if done == missing or done % SAID == 0:
            log.info("the teacher has read %d passages of %d", done, missing)

    teacher = cache(lambda: load_teacher(threads=threads))
    file = VectorFile(work / "teacher.vectors", f"{digest_of()}, {PIECES} pieces", TEACHER_WIDTH)
    return file.of(texts, lambda run: teacher().encode(run), progress)


if __name__ == "__main__":
    main()
