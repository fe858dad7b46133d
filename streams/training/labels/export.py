"""Pack a student into the model file of the compact labeller: whole numbers whose sums are exact.

A float of 32 bits holds every whole number up to 2 ** 24. So each layer gets the finest unit with which no
sum of its inputs can pass that limit: then the order of the additions makes no difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.enrich.labels.base import Decision
from streams.enrich.labels.compact import FORMAT, Card
from streams.enrich.labels.network import (
    CONTEXT_UNIT,
    FIRST_LARGEST,
    FIRST_UNIT,
    MEAN_FACTOR,
    MEANING_UNIT,
    SECOND_LARGEST,
    SECOND_UNIT,
    SHARE_UNIT,
)
from streams.training.labels.mixing import Mixture
from streams.training.labels.terms import TermModel, pack_terms
from streams.training.labels.vocabulary import VECTOR_SCALE

EXACT = 2**24
BYTE, WORD = 127, 32767

State = Mapping[str, NDArray[np.float32]]
"""The weights of a student by the names in `Student.state_dict`."""


class _Whole(NamedTuple):
    """A matrix in whole numbers, with the unit of each column."""

    values: NDArray[np.int16]
    units: NDArray[np.float64]


def pack(
    state: State,
    decisions: Mapping[str, Decision],
    terms: TermModel,
    *,
    mixture: Mixture,
    version: str,
    date: str,
    trained_on: str,
    vector_scale: float = VECTOR_SCALE,
) -> dict[str, NDArray[Any]]:
    """Return the arrays of a model file; `decisions` has the labels in the order of the student.

    `mixture` says how much the student and the terms count in the raw score.
    `vector_scale` is the scale on which the student read the vectors of the words.
    """
    weights = {name: np.asarray(weight, np.float64) for name, weight in state.items()}
    card = Card(format=FORMAT, version=version, date=date, trained_on=trained_on, decisions=dict(decisions))
    if len(decisions) != len(weights["bias"]):
        raise ValueError(f"the student has {len(weights['bias'])} labels, and {len(decisions)} decisions")
    return {
        "card": np.frombuffer(card.model_dump_json().encode(), np.uint8),
        **_first_layer(weights, vector_scale),
        **_second_layer(weights),
        **_article_layers(weights),
        "part": weights["part"],
        "damping": weights["damping"],
        "base": mixture.student * weights["bias"] + mixture.terms * terms.bias.astype(np.float64),
        "slope": mixture.student * weights["slope"],
        "strength": mixture.student * np.exp(weights["alpha"])
        + mixture.terms * terms.alpha.astype(np.float64),
        **pack_terms(terms, mixture.terms),
    }


def write(arrays: Mapping[str, Any], path: Path) -> None:
    """Write the arrays of a model to the file at `path`, which `CompactModel.load` reads."""
    part = path.with_suffix(".part.npz")
    np.savez_compressed(part, **arrays)
    part.replace(path)


def _first_layer(weights: Mapping[str, NDArray[np.float64]], vector_scale: float) -> dict[str, NDArray[Any]]:
    spellings, first = weights["spelling.weight"], weights["first.weight"].T.copy()
    spelling_units = np.maximum(np.abs(spellings).max(axis=0), 1e-6) / BYTE
    meanings = len(first) - len(spelling_units)
    first[:meanings] *= MEANING_UNIT * vector_scale
    first[meanings:] *= spelling_units[:, None]
    largest = np.where(np.arange(len(first)) < meanings, np.ceil(128 / MEANING_UNIT), BYTE)
    whole = _whole(first, largest)
    return {
        "spellings": np.rint(spellings / spelling_units).astype(np.int8),
        "first": whole.values,
        "first_scale": whole.units / SHARE_UNIT,
        "first_bias": _words(weights["first_bias"] / SHARE_UNIT),
        "named": _words(weights["named.weight"] / SHARE_UNIT),
    }


def _second_layer(weights: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[Any]]:
    bias, least = weights["second.bias"], np.maximum(weights["least"], 0)
    second = _whole(weights["second.weight"].T * FIRST_UNIT, FIRST_LARGEST, bias)
    out = _whole(weights["out.weight"].T * SECOND_UNIT, SECOND_LARGEST)
    return {
        "second": second.values,
        "second_bias": np.rint(bias / second.units).astype(np.int32),
        "second_scale": (second.units / SECOND_UNIT).astype(np.float32),
        "out": out.values,
        "out_scale": out.units,
        "least": np.rint(least / out.units).astype(np.int32),
    }


def _article_layers(weights: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[Any]]:
    """Return the layers over the article as a whole, which are small enough for sums in 64 bits."""
    arrays: dict[str, NDArray[Any]] = {}
    for name, unit in (
        ("context", SECOND_UNIT / MEAN_FACTOR),
        ("gate", CONTEXT_UNIT),
        ("direct", CONTEXT_UNIT),
    ):
        weight = weights[f"{name}.weight"].T * unit
        units = np.maximum(np.abs(weight).max(axis=0), 1e-12) / WORD
        arrays[name] = _words(weight / units)
        arrays[f"{name}_scale"], arrays[f"{name}_bias"] = units, weights[f"{name}.bias"]
    return arrays


def _whole(
    weight: NDArray[np.float64], largest: NDArray[np.float64] | float, bias: NDArray[np.float64] | float = 0.0
) -> _Whole:
    """Return `weight` in units so fine that sums with inputs up to `largest`, and the bias, stay exact."""
    inputs = np.broadcast_to(np.asarray(largest, np.float64), len(weight))
    room = EXACT - 1 - inputs.sum() / 2  # for what rounding adds
    units = (inputs @ np.abs(weight) + np.abs(bias)) / room
    units = np.maximum(units, np.abs(weight).max(axis=0) / WORD).clip(1e-12)
    return _Whole(_words(weight / units), units)


def _words(numbers: NDArray[np.float64]) -> NDArray[np.int16]:
    """Return the numbers rounded to 16 bits."""
    return np.rint(numbers).clip(-WORD, WORD).astype(np.int16)
