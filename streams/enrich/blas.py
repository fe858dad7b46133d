"""Matrices of the models: read from a file, and multiplied on one core.

Every model that multiplies matrices is read by `load_arrays`, so the limit holds as soon as there is one.
"""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray


def load_arrays(file: Path | IO[bytes]) -> dict[str, NDArray[Any]]:
    """Return the arrays of an .npz file by name, and limit BLAS to one thread from now on."""
    limit_blas_threads()
    with np.load(file) as arrays:
        return dict(arrays)


def limit_blas_threads() -> None:
    """Let numpy's BLAS work on one thread from now on, in the whole process.

    Our matrices are small. Threads that wait for each other take several times the CPU, most of all where
    they share one core. The work is spread over processes instead.
    """
    from threadpoolctl import threadpool_limits

    threadpool_limits(1, user_api="blas")
