"""The teacher's vectors are computed once: a file keeps them by what was read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RUN = 32
"""Texts that are read together; an interruption loses no more."""

Matrix = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Matrix]


class VectorFile:
    """Vectors of texts in a file, to which new ones are appended.

    `name` says what makes the vectors. It is part of each key, so another teacher makes other vectors.
    """

    def __init__(self, path: Path, name: str, width: int) -> None:
        self._path, self._name = path, name
        self._record = np.dtype([("key", "<u8"), ("vector", "<f4", (width,))])

    def of(self, texts: Sequence[str], encode: Encode, progress: Callable[[int, int], None]) -> Matrix:
        """Return a row for each of `texts`; `encode` computes those that the file lacks.

        Tell `progress` after each run how many of the missing texts are done, and how many there are.
        """
        keys = [self._key(text) for text in texts]
        kept = self._load()
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in kept}
        missing = sorted(new.items(), key=lambda pair: (len(pair[1]), pair[0]))
        with self._path.open("ab") as file:
            for first in range(0, len(missing), RUN):
                run = missing[first : first + RUN]
                records = np.zeros(len(run), self._record)
                records["key"] = [key for key, _ in run]
                records["vector"] = encode([text for _, text in run])
                file.write(records.tobytes())
                file.flush()
                kept.update(zip(records["key"].tolist(), records["vector"], strict=True))
                progress(first + len(run), len(missing))
        return np.stack([kept[key] for key in keys])

    def _load(self) -> dict[int, Matrix]:
        """Return the vectors of the file by their keys; cut off a record that was not written to its end."""
        if not self._path.exists():
            return {}
        size = self._record.itemsize
        whole = self._path.stat().st_size // size * size
        with self._path.open("r+b") as file:
            file.truncate(whole)
        records = np.fromfile(self._path, self._record)
        return dict(zip(records["key"].tolist(), records["vector"], strict=True))

    def _key(self, text: str) -> int:
        digest = hashlib.sha256(f"{self._name}\0{text}".encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest[:8], "little")
