"""The figures of a training: one line for the phrases alone, then one for each labeller."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from streams.training.labels.figures import tally, total
from streams.training.labels.material import HELD_OUT, MeasuredSet

MICRO = ("world_dev", HELD_OUT)
"""Sets whose readers decided on all labels."""

BY_LABEL = ("hard2_dev", "abp_dev", "hard_dev")
LABELS = ("climate", "diplomacy")
"""Sets whose readers decided on these labels alone."""

WIDTH = 10


def heading() -> str:
    """Return the two lines above the figures."""
    above = ["", *MICRO, *(cell for name in BY_LABEL for cell in (name, ""))]
    below = ["F1", *("micro" for _ in MICRO), *(label for _ in BY_LABEL for label in LABELS)]
    return f"{_line(above)}\n{_line(below)}"


def row(
    name: str,
    measured: Mapping[str, MeasuredSet],
    given: Mapping[str, Sequence[Collection[str]]],
    labels: Sequence[str],
) -> str:
    """Return the line of F1 of the labels `given` to each set."""
    figures = [
        total(tally(label, measured[name].articles, given[name]) for label in labels).f1 for name in MICRO
    ]
    figures += [
        tally(label, measured[name].articles, given[name]).f1 for name in BY_LABEL for label in LABELS
    ]
    return _line([name, *(f"{figure:.3f}" for figure in figures)])


def _line(cells: Sequence[str]) -> str:
    return "".join(f"{cell:<{WIDTH}}" for cell in cells).rstrip()
