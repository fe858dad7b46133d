"""L-BFGS (Liu and Nocedal 1989): the minimum of a smooth convex function of many variables."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

HISTORY = 6
"""Steps that the curvature is known from."""

SUFFICIENT = 1e-4
"""Share of the gain that the slope promises, under which a step is shortened."""

SHORTEST = 1e-8
LEAST_GAIN = 1e-7
"""Of the value, relative to it: a step that gains less is the last one."""

Floats = NDArray[np.float32]
Function = Callable[[Floats], tuple[float, Floats]]
"""Returns the value at a point, and the gradient."""


class _Step(NamedTuple):
    moved: Floats
    bent: Floats  # how the gradient changed
    curvature: float


def minimise(function: Function, start: Floats, *, steps: int) -> Floats:
    """Return the point where `function` is least, or how near up to `steps` from `start` lead to it."""
    point, (value, gradient) = start, function(start)
    known: deque[_Step] = deque(maxlen=HISTORY)
    for _ in range(steps):
        if not np.any(gradient):
            break
        direction = _downhill(gradient, known)
        length = 1.0 if known else 1.0 / max(float(np.abs(gradient).sum()), 1.0)
        slope = float(gradient @ direction)
        while True:
            moved = (length * direction).astype(np.float32)
            lower, bent = function(point + moved)
            if lower <= value + SUFFICIENT * length * slope or length < SHORTEST:
                break
            # The parabola through the value, the slope, and the value at the end has its minimum here.
            length *= min(max(-slope * length / (2 * (lower - value - slope * length)), 0.1), 0.5)
        if lower >= value:
            break
        gain, point, value, gradient, change = value - lower, point + moved, lower, bent, bent - gradient
        curvature = float(moved @ change)
        if curvature > 0:
            known.append(_Step(moved, change, curvature))
        if gain < LEAST_GAIN * abs(value):
            break
    return point


def _downhill(gradient: Floats, known: Sequence[_Step]) -> Floats:
    """Return the direction to the minimum, as far as the curvature is known."""
    direction = -gradient
    shares = []
    for step in reversed(known):
        shares.append(float(step.moved @ direction) / step.curvature)
        direction = direction - np.float32(shares[-1]) * step.bent
    if known:
        direction = direction * np.float32(known[-1].curvature / float(known[-1].bent @ known[-1].bent))
    for step, share in zip(known, reversed(shares), strict=True):
        missing = share - float(step.bent @ direction) / step.curvature
        direction = direction + np.float32(missing) * step.moved
    return direction
