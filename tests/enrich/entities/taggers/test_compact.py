from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.enrich.entities.taggers import compact
from streams.enrich.entities.taggers.bioes import TAGS
from streams.enrich.entities.taggers.compact import CACHED_FORMS, CHUNK, REACH, WINDOWS, CompactTagger
from streams.enrich.entities.taggers.features import (
    CLASSES,
    ROWS,
    ClassIndex,
    VectorIndex,
    traits,
    vector_key,
)
from streams.enrich.entities.taggers.rescoring import FEATURES
from streams.events import EntityType

TRAITS, DIMENSIONS = 6, 4
WIDTHS = (8, 7, 5)


def small_weights(seed: int = 1, gate_bias: float = 1e6) -> dict[str, np.ndarray]:
    """Return the weights of a small untrained network, which finds mentions everywhere."""
    rng = np.random.default_rng(seed)
    below = (TRAITS + DIMENSIONS + len(CLASSES), *WIDTHS)
    layers: dict[str, np.ndarray] = {}
    for at, (window, width) in enumerate(zip(WINDOWS, WIDTHS, strict=True)):
        rows, columns = (below[0], window * width) if at == 0 else (window * below[at], width)
        layers[f"weight{at}"] = rng.normal(scale=0.3, size=(rows, columns)).astype(np.float16)
        layers[f"bias{at}"] = rng.normal(size=width).astype(np.float16)
    layers["weight3"] = rng.normal(size=(WIDTHS[-1], len(TAGS))).astype(np.float16)
    layers["bias3"] = rng.normal(size=len(TAGS)).astype(np.float16)
    keys = np.array(sorted(map(vector_key, ["kerry", "Paris"])), np.uint32)
    return {
        "version": np.array("test"),
        "trait_table": rng.integers(-127, 128, (ROWS, TRAITS)).astype(np.int8),
        "trait_scale": np.full(ROWS, 0.005, np.float16),
        "vector_table": rng.integers(-127, 128, (3, DIMENSIONS)).astype(np.int8),
        "vector_scale": np.full(3, 0.005, np.float16),
        "vector_keys": keys,
        "vector_rows": np.array([1, 2], np.uint16),
        "class_keys": keys,
        "class_masks": np.array([0b101, 1 << len(CLASSES) - 1], np.uint16),
        "gate_weight": rng.normal(size=WIDTHS[0]).astype(np.float32),
        "gate_bias": np.array(gate_bias, np.float32),
        "look_weight0": np.zeros((FEATURES, 4), np.float32),
        "look_bias0": np.zeros(4, np.float32),
        "look_weight1": np.zeros((4, len(TAGS)), np.float32),
        "look_bias1": np.zeros(len(TAGS), np.float32),
        **layers,
    }


@pytest.fixture(scope="module")
def tagger() -> CompactTagger:
    return CompactTagger(small_weights())


def plain_scores(forms: list[str]) -> np.ndarray:
    """Return the scores of the same network, computed without caches, chunks or fixed point."""
    weights = small_weights()
    tables = {
        name: weights[f"{name}_table"].astype(float) * weights[f"{name}_scale"].astype(float)[:, None]
        for name in ("trait", "vector")
    }
    index = VectorIndex(weights["vector_keys"], weights["vector_rows"])
    classes = ClassIndex(weights["class_keys"], weights["class_masks"])
    padded = [""] * REACH + forms + [""] * REACH
    x = np.array(
        [
            np.concatenate(
                [
                    tables["trait"][traits(form)].sum(0),
                    tables["vector"][index.rows([form])[0]],
                    classes.flags([form])[0],
                ]
            )
            for form in padded
        ]
    )
    for at, (window, width) in enumerate(zip(WINDOWS, WIDTHS, strict=True)):
        weight, bias = weights[f"weight{at}"].astype(float), weights[f"bias{at}"].astype(float)
        if at == 0:
            weight = weight.reshape(-1, window, width).transpose(1, 0, 2).reshape(-1, width)
        x = np.array([x[row : row + window].ravel() @ weight + bias for row in range(len(x) - window + 1)])
        x = np.maximum(x, 0)
    return x @ weights["weight3"].astype(float) + weights["bias3"].astype(float)


@pytest.mark.parametrize("length", [1, 5, 40])
def test_the_scores_are_those_of_the_network_without_caches_and_fixed_point(tagger, length):
    forms = (["John", "Kerry", "met", "the", "EU", "in", "Paris", ".", "\n\n"] * 5)[:length]

    assert tagger.scores(forms) == pytest.approx(plain_scores(forms), abs=0.02)


def test_the_gate_lets_a_token_through_or_makes_it_no_name(tagger):
    forms = ["John", "Kerry", "met", "the", "EU", "in", "Paris", ".", "\n\n"] * 20
    gated = CompactTagger(small_weights(gate_bias=-1.0)).scores(forms)
    full = tagger.scores(forms)

    kept = np.isclose(gated, full, atol=1e-3).all(1)
    assert 0 < kept.sum() < len(forms)
    assert (gated[~kept].argmax(1) == 0).all()


def test_a_long_text_has_the_same_scores_in_chunks_as_in_one_piece(tagger, monkeypatch):
    forms = [f"Word{at % 97}" for at in range(3 * CHUNK + 11)]
    in_chunks = tagger.scores(forms)
    monkeypatch.setattr(compact, "CHUNK", len(forms))

    assert tagger.scores(forms) == pytest.approx(in_chunks, abs=1e-3)


def test_emptying_a_full_cache_changes_no_score(tagger):
    forms = ["Kerry", "in", "Paris"]
    before = tagger.scores(forms)
    tagger.scores([f"Name{at}" for at in range(CACHED_FORMS + 100)])

    assert tagger.scores(forms) == pytest.approx(before, abs=1e-3)


@given(st.lists(st.text(max_size=300), max_size=4))
def test_the_mentions_of_any_text_are_in_order_without_overlaps_and_within_it(tagger, texts):
    found = tagger.mentions(texts)

    assert len(found) == len(texts)
    for text, spans in zip(texts, found, strict=True):
        edges = [edge for span in spans for edge in (span.start, span.end)]
        assert edges == sorted(edges)
        assert all(0 <= span.start < span.end <= len(text) for span in spans)
        assert all(isinstance(span.type, EntityType) and 0 <= span.score <= 1 for span in spans)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\r\n\t ",
        "x" * 1_000_000,
        "Kerry 😀👩‍👩‍👧 met 🇨🇳 Xi",
        "قال جون كيري في باريس",
        "蘇貞昌在台北說",
        "\ud800 lone \udfff surrogates",
        "a\x00b\x01c",
        ". " * 50_000,
    ],
    ids=[
        "empty",
        "white",
        "one token",
        "emoji",
        "right to left",
        "Chinese",
        "surrogates",
        "control",
        "full stops",
    ],
)
def test_bad_input_is_tagged_without_complaint(tagger, text):
    (spans,) = tagger.mentions([text])

    assert all(0 <= span.start < span.end <= len(text) for span in spans)


def test_other_texts_in_the_call_change_nothing(tagger):
    alone = tagger.mentions(["John Kerry met Xi in Paris."])
    beside = tagger.mentions(["Other words here", "John Kerry met Xi in Paris.", ""])

    assert beside[1] == alone[0]
