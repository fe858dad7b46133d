"""Join the compact vectors and the encoder to the accurate ones: python -m streams.training.story_joint DATA.

DATA is a folder with `news` and `stories`. Train the encoder and the compact vectors first. Both give each
article of the windows that readers grouped a vector. The two are put behind each other, brought to the axes
on which articles differ most, and turned so that articles of one story point the same way. It takes two
minutes and needs the extra `train`.
"""

from __future__ import annotations

import logging
from pathlib import Path

import click
import numpy as np

from streams.enrich import load_enricher
from streams.enrich.blas import limit_blas_threads
from streams.enrich.wordpieces import VOCABULARY, WordPieceCutter
from streams.events import EnrichedArticle
from streams.stories.encoder import JOINT, MODEL, StoryEncoder, runner_of
from streams.stories.fingerprint import features_of
from streams.stories.vectors import WIDTH, Floats, unit
from streams.training.story_vectors.lessons import read_all_lessons
from streams.training.torch_extra import use_torch

log = logging.getLogger(__name__)


@click.command(help=__doc__)
@click.argument("data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), default=JOINT, show_default=True)
def main(data: Path, output: Path) -> None:
    """Read the windows, have both kinds of vectors made, and write the matrix from both to one."""
    logging.basicConfig(format="%(asctime)s %(message)s")
    log.setLevel(logging.INFO)
    use_torch(1)
    from streams.training.story_vectors.turning import learn_turn

    limit_blas_threads()
    try:
        lessons = read_all_lessons(load_enricher(), data)
    except FileNotFoundError as error:
        raise click.ClickException(f"{error}; DATA must have news/ and stories/") from error
    articles = [one.article for lesson in lessons for one in lesson.articles]
    log.info("%d articles of %d windows", len(articles), len(lessons))
    unused = np.eye(2 * WIDTH, WIDTH)  # in place of the matrix that is made here
    encoder = StoryEncoder(runner_of(MODEL), WordPieceCutter(VOCABULARY), unused)
    both = np.stack([_both(article, encoder) for article in articles])
    axes = widest_axes(both, WIDTH)
    turn = learn_turn((both @ axes).astype(np.float32), np.zeros(WIDTH, np.float32), lessons)
    np.savez_compressed(output, matrix=(axes @ turn.matrix).astype(np.float32))
    log.info("%d bytes: %s", output.stat().st_size, output)


def widest_axes(vectors: Floats, width: int) -> Floats:
    """Return the `width` axes, one in each column, along which the vectors are longest."""
    _, _, axes = np.linalg.svd(vectors, full_matrices=False)
    widest: Floats = axes[:width].T
    return widest


def _both(article: EnrichedArticle, encoder: StoryEncoder) -> Floats:
    """Return the compact vector and the encoder's direction behind each other."""
    compact = unit(features_of(article).vector.astype(np.float64))
    return np.concatenate([compact, encoder.direction_of(article.headline or "", article.text)])


if __name__ == "__main__":
    main()
