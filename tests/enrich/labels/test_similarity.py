"""A text is near to the label whose subject it has, and never further than the bound."""

from __future__ import annotations

import numpy as np
import pytest

from streams.enrich.embedding import load_embedding
from streams.enrich.labels.label_file import Examples, LabelFile
from streams.enrich.labels.similarity import EXAMPLES_FOR_HEAD, STRENGTH, Similarity

CHESS = (
    "a chess player moved a pawn",
    "the grandmaster won the game of chess",
    "a queen and a rook on the board",
)
BAKING = ("the baker sold rye bread", "a cake with butter and sugar", "dough rises in the oven")
NOT_CHESS = tuple(f"the {word} left the town" for word in ("king", "queen", "bishop", "knight", "crowd"))


def label(name: str, description: str, examples: tuple[str, ...], counter: tuple[str, ...] = ()) -> LabelFile:
    return LabelFile(
        label=name,
        description=description,
        phrases={name: 1.0},
        examples=Examples(positive=examples, negative=counter),
    )


@pytest.fixture(scope="module", params=[(), NOT_CHESS], ids=["by description", "by a classifier"])
def similarity(request: pytest.FixtureRequest) -> Similarity:
    chess = label("chess", "the board game of chess", CHESS, request.param)
    assert (len(CHESS) + len(request.param) >= EXAMPLES_FOR_HEAD) == bool(request.param)
    return Similarity(load_embedding(), [chess, label("baking", "bread and cakes", BAKING)])


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("she won the chess match with her knight and pawn", 0),
        ("he put the bread and the cake into the oven", 1),
    ],
)
def test_a_text_is_nearest_to_the_label_of_its_subject(similarity, text, nearest):
    values = similarity.of(text.split())

    assert np.argmax(values) == nearest
    assert values[nearest] > 0


@pytest.mark.parametrize("text", ["chess " * 50, "bread " * 50, "", "xyzzy"])
def test_what_similarity_adds_is_bounded(similarity, text):
    values = similarity.of(text.split())

    assert np.abs(values).max() <= STRENGTH


def test_a_counter_example_is_further_than_an_example():
    similarity = Similarity(
        load_embedding(),
        [label("chess", "chess", CHESS, NOT_CHESS), label("baking", "bread and cakes", BAKING)],
    )

    example, counter = (similarity.unbounded(text.split())[0] for text in (CHESS[0], NOT_CHESS[0]))

    assert example > 0 > counter
