"""Tables of numbers in 8 bits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def quantised(table: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """Return `table` as 8-bit rows, and the factor of each row."""
    factor = (np.abs(table).max(1) / 127).clip(1e-6).astype(np.float16)
    return np.rint(table / factor.astype(np.float32)[:, None]).clip(-127, 127).astype(np.int8), factor
