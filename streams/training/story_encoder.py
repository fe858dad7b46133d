"""Make the encoder of the accurate story vectors: python -m streams.training.story_encoder DATA --work WORK.

The encoder is all-MiniLM-L6-v2 as it was pretrained. It reads the news of DATA/news, without the articles on
which the stories are measured. Its vectors get unit length, and the mean of all is taken off. They are turned
to the axes on which articles differ most, and each axis is divided by the root of its spread. The model file
does all this, with 8-bit weights.

WORK keeps the vectors, so an interrupted command continues where it stopped. The command needs the extra
`train`.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper

from streams.enrich.blas import limit_blas_threads
from streams.stories.encoder import MODEL, PIECES, read_part
from streams.stories.vectors import WIDTH
from streams.training.onnx_encoder import Graph, State, add_encoder, add_head, quantise
from streams.training.story_vectors.articles import read_news
from streams.training.story_vectors.targets import Matrix, unit
from streams.training.story_vectors.vector_file import VectorFile
from streams.training.torch_extra import use_torch

WHITENING = 0.5
"""The power of an axis's spread that it is divided by: 0 leaves the axes, 1 makes them equally long."""

PROGRESS_EVERY = 800
"""Articles between two lines of progress."""

log = logging.getLogger(__name__)


class Projection(NamedTuple):
    """From the encoder's unit vector to that of the stories: `weight` [WIDTH, hidden], `bias` [WIDTH]."""

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]


@click.command(help=__doc__)
@click.argument("data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--work", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), default=MODEL, show_default=True)
@click.option("--release", default="1", show_default=True, help="The version of the vectors.")
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True)
def main(data: Path, work: Path, output: Path, release: str, threads: int) -> None:
    """Have the encoder read the news, fit the projection, and write the model file."""
    logging.basicConfig(format="%(asctime)s %(message)s")
    log.setLevel(logging.INFO)
    use_torch(threads)
    from streams.training.entities.teacher import SMALL
    from streams.training.story_vectors.teacher import NAME, TEACHER_WIDTH, Teacher

    limit_blas_threads()
    try:
        news = read_news(data)
    except FileNotFoundError as error:
        raise click.ClickException(f"{error}; DATA must have news/ and stories/") from error
    work.mkdir(parents=True, exist_ok=True)
    teacher = Teacher(PIECES)
    texts = [read_part(news.articles[at].headline, news.articles[at].text) for at in news.allowed]
    file = VectorFile(work / "encoder.vectors", f"{NAME}, {PIECES} pieces", TEACHER_WIDTH)
    vectors = file.of(texts, teacher.encode, _progress)
    projection = fit_projection(vectors, WIDTH, WHITENING)
    write_encoder(teacher.state(), projection, output, heads=SMALL.heads, version=release)
    log.info("%d articles, %d bytes: %s", len(texts), output.stat().st_size, output)


def fit_projection(vectors: Matrix, width: int, whitening: float) -> Projection:
    """Return the projection of `vectors`, one for each article, to their `width` widest axes."""
    rows = unit(vectors)
    mean = rows.mean(axis=0)
    _, lengths, axes = np.linalg.svd(rows - mean, full_matrices=False)
    weight = axes[:width] / (lengths[:width, np.newaxis] / lengths[0]) ** whitening
    return Projection(weight.astype(np.float32), (-weight @ mean).astype(np.float32))


def write_encoder(state: State, projection: Projection, path: Path, *, heads: int, version: str) -> None:
    """Write the model file that `streams.stories.encoder` loads.

    `state` has the weights by their names in torch, and `heads` is the number of heads of each layer. The
    model gets the `ids` [1, pieces] of an article, with the marks at both ends, and returns its `vector`
    [1, width], which has no unit length.
    """
    graph = Graph()
    mean = graph.node("ReduceMean", [add_encoder(graph, state, heads=heads)], "mean", axes=[1], keepdims=0)
    direction = graph.node("LpNormalization", [mean], "direction", axis=-1, p=2)
    add_head(graph, projection.weight, projection.bias, direction, "projection", "vector")
    model = graph.model(
        "story vectors",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "pieces"])],
        helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, len(projection.bias)]),
        {"version": version},
    )
    quantise(model, path)


def _progress(done: int, missing: int) -> None:
    if done == missing or done % PROGRESS_EVERY == 0:
        log.info("the encoder has read %d articles of %d", done, missing)


if __name__ == "__main__":
    main()
