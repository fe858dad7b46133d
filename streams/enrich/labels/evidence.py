"""From what each word adds to a label to its evidence: the spans of a text that a reader would underline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from streams.enrich.labels.scoring import DIGITS, Share
from streams.enrich.labels.words import Places

LISTED = 20
"""Spans of a label that are listed: those with the largest weights."""


Span = tuple[int, int, float]
"""Start and end in the text, and what the part in between adds to a label."""


def word_spans(places: Places, weights: NDArray[np.float64]) -> list[Span]:
    """Return each run of words that all speak for the label or all against it, with its summed weight.

    A word without a weight ends a run, and so does a break. What breaks add has no span.
    """
    signs = np.sign(weights)
    signs[places.is_break] = 0
    changes = np.flatnonzero(np.diff(signs, prepend=0, append=0))
    if not len(changes):
        return []
    firsts, ends = changes[:-1], changes[1:]
    sums = np.add.reduceat(weights, firsts)
    runs = signs[firsts] != 0
    starts, ends = places.starts[firsts[runs]], places.ends[ends[runs] - 1]
    return list(zip(starts.tolist(), ends.tolist(), sums[runs].tolist(), strict=True))


def merged(spans: Iterable[Span]) -> Iterator[Span]:
    """Yield the spans in text order; those that overlap become one, with the sum of their weights."""
    start, end, total = 0, 0, 0.0
    for next_start, next_end, weight in sorted(spans):
        if next_start < end:
            end, total = max(end, next_end), total + weight
            continue
        if end:
            yield start, end, total
        start, end, total = next_start, next_end, weight
    if end:
        yield start, end, total


def largest(spans: Iterable[Span]) -> list[Share]:
    """Return up to `LISTED` spans with the largest weights, rounded and in text order, without zeros."""
    ranked = sorted(spans, key=lambda span: (-abs(span[2]), span[0]))[:LISTED]
    rounded = [Share(start, end, round(weight, DIGITS)) for start, end, weight in sorted(ranked)]
    return [share for share in rounded if share.weight]
