"""From what each word adds to a label to its evidence: the spans of a text that a reader would underline.

Consecutive words that all speak for the label, or all against it, are a run; it ends at punctuation. A run is
shown at its core: the words that say most, without "the" or "of" at the ends. Its whole weight is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from streams.enrich.labels.english import COMMON_WORDS
from streams.enrich.labels.scoring import DIGITS, Share
from streams.enrich.labels.words import Places

CORE = 0.25
"""Words of a run's core have this share of the largest weight in it, or more."""

CORE_DISTANCE = 2
"""Words of the core that are further apart belong to two spans."""

LISTED = 20
"""Spans of a label that are listed: those with the largest weights."""

RUNS = 25
"""Runs that are looked at: those with the largest weights."""

LEAST = 0.05
"""Smallest weight of a span that is listed; it moves a probability by some one percent at most."""

Span = tuple[int, int, float]
"""Start and end in the text, and what the part in between adds to a label."""


def word_spans(places: Places, weights: NDArray[np.float64]) -> list[Span]:
    """Return the spans of the largest runs of words, each with its weight, in text order.

    A word outside of the core counts in the span before it in its run, or else in the first one. A run of
    common words alone has no span, nor has one that would not be listed.
    """
    by_word = weights.tolist()
    return [span for first, end in _runs(places, weights) for span in _run_spans(places, by_word, first, end)]


def _run_spans(places: Places, by_word: Sequence[float], first: int, end: int) -> Iterator[Span]:
    """Yield the spans of the run of words from `first` to before `end`."""
    least = CORE * max(map(abs, by_word[first:end]))
    groups: list[list[int]] = []
    for at in range(first, end):
        form = places.forms[at]
        if abs(by_word[at]) < least or len(form) < 2 or form in COMMON_WORDS:
            continue
        if groups and at - groups[-1][-1] <= CORE_DISTANCE:
            groups[-1].append(at)
        else:
            groups.append([at])
    if groups:
        edges = [first, *(group[0] for group in groups[1:]), end]
        for group, (start, stop) in zip(groups, pairwise(edges), strict=True):
            yield int(places.starts[group[0]]), int(places.ends[group[-1]]), sum(by_word[start:stop])


def _runs(places: Places, weights: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Return the first word of each of the largest runs, and the one after its last, in text order.

    The break after a run belongs to it.
    """
    if not len(weights):
        return []
    signs, breaks = np.sign(weights), places.is_break
    signs[1:][breaks[1:] & (signs[1:] != signs[:-1])] = 0
    changes = np.flatnonzero((signs[1:] != signs[:-1]) | breaks[:-1]) + 1
    firsts = np.concatenate([[0], changes])
    sizes = np.abs(np.add.reduceat(weights, firsts))
    sizes[signs[firsts] == 0] = 0
    largest_runs = np.sort(np.argsort(-sizes, kind="stable")[:RUNS])
    chosen = largest_runs[sizes[largest_runs] >= LEAST]
    ends = np.concatenate([changes, [len(weights)]])
    return list(zip(firsts[chosen].tolist(), ends[chosen].tolist(), strict=True))


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
    """Return up to `LISTED` spans with the largest weights from `LEAST` on, rounded and in text order."""
    ranked = sorted(spans, key=lambda span: (-abs(span[2]), span[0]))[:LISTED]
    rounded = [Share(start, end, round(weight, DIGITS)) for start, end, weight in sorted(ranked)]
    return [share for share in rounded if abs(share.weight) >= LEAST]
