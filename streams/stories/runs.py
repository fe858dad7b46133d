"""Runs of equal numbers in an array that is in order."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def begins_run(ordered: NDArray[Any]) -> NDArray[np.bool_]:
    """Return for each number of `ordered` whether it differs from the one before; the first does."""
    begins = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=begins[1:])
    return begins
