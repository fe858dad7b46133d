"""Runs of equal numbers."""

from __future__ import annotations

import numpy as np
import pytest

from streams.stories.runs import begins_run


@pytest.mark.parametrize(
    ("numbers", "begins"),
    [([], []), ([7], [True]), ([3, 3, 4, 5, 5], [True, False, True, True, False])],
)
def test_a_run_begins_where_the_number_differs_from_the_one_before(numbers, begins):
    assert begins_run(np.array(numbers, dtype=np.int64)).tolist() == begins
