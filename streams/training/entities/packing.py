"""Pack a student into the model file of the compact tagger, and read its tables back."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.enrich.entities.taggers.compact import WINDOWS
from streams.training.entities import rescoring
from streams.training.entities.lists import NameClasses
from streams.training.entities.student import BELOW, VECTOR_SCALE, WIDTHS, Student, dequantised
from streams.training.entities.vectors import Vectors
from streams.training.quantisation import quantised


def unpack_tables(weights: Mapping[str, NDArray[Any]]) -> tuple[Vectors, NameClasses]:
    """Return the vectors and the name classes in the `weights` of a packed student."""
    table = dequantised(weights["vector_table"], weights["vector_scale"]).numpy() / VECTOR_SCALE
    return (
        Vectors(weights["vector_keys"], weights["vector_rows"], table),
        NameClasses(weights["class_keys"], weights["class_masks"]),
    )


def pack(
    student: Student,
    gate: tuple[NDArray[np.float32], float],
    vectors: Vectors,
    classes: NameClasses,
    path: Path,
    version: str,
) -> None:
    """Write the model file that `CompactTagger` loads: 8-bit tables, 16-bit layers, a blank rescoring."""
    trait_table, trait_scale = quantised(student.traits.weight.detach().numpy())
    vector_table, vector_scale = quantised(student.vectors.weight.detach().numpy())
    arrays: dict[str, Any] = dict(
        version=np.array(version),
        trait_table=trait_table,
        trait_scale=trait_scale,
        vector_table=vector_table,
        vector_scale=vector_scale,
        vector_keys=vectors.keys,
        vector_rows=vectors.rows,
        class_keys=classes.keys,
        class_masks=classes.masks,
        gate_weight=gate[0],
        gate_bias=np.array(gate[1], np.float32),
        **_layers(student),
        **rescoring.blank(),
    )
    np.savez(path, **arrays)


def _layers(student: Student) -> dict[str, NDArray[np.float16]]:
    """Return the weights and biases of the layers by the names that `CompactTagger` knows."""
    layers = {}
    for at, layer in enumerate(chain(student.windows, [student.tags])):
        weight = layer.weight.detach().numpy()
        if at == 0:  # the tagger multiplies once a form: [below, window * width]
            weight = weight.reshape(WIDTHS[0], WINDOWS[0], -1).transpose(1, 0, 2).reshape(-1, BELOW)
        layers[f"weight{at}"] = np.ascontiguousarray(weight.T.astype(np.float16))
        layers[f"bias{at}"] = layer.bias.detach().numpy().astype(np.float16)
    return layers
