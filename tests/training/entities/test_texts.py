"""In training some lines change their case, whole lines at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from streams.enrich.entities.taggers.tokens import tokenise
from streams.training.entities.texts import LOWERED, TITLED, UPPERED, change_case

LINE = tokenise("Angela Merkel met NATO leaders").forms
CHANGED = {
    "lower": ["angela", "merkel", "met", "nato", "leaders"],
    "upper": ["ANGELA", "MERKEL", "MET", "NATO", "LEADERS"],
    "title": ["Angela", "Merkel", "Met", "NATO", "Leaders"],
    "none": LINE,
}


class Draws(np.random.Generator):
    """A random generator that returns `numbers` in turn."""

    def __init__(self, *numbers: float) -> None:
        super().__init__(np.random.PCG64())
        self._numbers = list(numbers)

    def random(self, *_: Any, **__: Any) -> Any:
        return self._numbers.pop(0)


@pytest.mark.parametrize(
    ("draw", "change"),
    [
        (0.0, "lower"),
        (LOWERED, "upper"),
        (LOWERED + UPPERED, "title"),
        (LOWERED + UPPERED + TITLED, "none"),
        (0.999, "none"),
    ],
)
def test_a_line_changes_to_lower_case_capitals_or_title_case(draw, change):
    assert change_case(LINE, Draws(draw)) == list(CHANGED[change])


def test_each_line_changes_by_itself():
    forms = tokenise("Rates rise\nRates fall").forms

    changed = change_case(forms, Draws(0.999, 0.0))

    assert [form for form in changed if form.isalpha()] == ["Rates", "rise", "rates", "fall"]


def test_the_shares_of_changed_lines_are_those_that_are_set():
    rng = np.random.default_rng(1)
    lines = [tuple(change_case(LINE, rng)) for _ in range(5000)]

    for change, share in (("lower", LOWERED), ("upper", UPPERED), ("title", TITLED)):
        assert lines.count(tuple(CHANGED[change])) / len(lines) == pytest.approx(share, abs=0.015)
