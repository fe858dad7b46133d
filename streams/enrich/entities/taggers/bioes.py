"""BIOES tags on tokens, and the mentions that they encode.

The tag of a mention of one token is S. A longer mention has B, then I on each inner token, then E. All other
tokens have O (Ratinov and Roth, CoNLL 2009).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.enrich.entities.taggers.base import Span
from streams.enrich.entities.taggers.tokens import Tokens
from streams.events import EntityType

TYPES = tuple(EntityType)
TAGS = ("O", *(f"{position}-{type_}" for type_ in TYPES for position in "BIES"))
"""Column order of every tagger's scores: O, then B, I, E and S of each type."""

_B, _I, _E, _S = range(4)


class TokenSpan(NamedTuple):
    """A mention from token `first` to token `last`, both included; `type` is an index of `TYPES`."""

    first: int
    last: int
    type: int


def _allowed_transitions() -> NDArray[np.bool_]:
    """Return a matrix that is True at `[a, b]` if tag b may follow tag a."""
    allowed = np.zeros((len(TAGS), len(TAGS)), bool)
    for a in range(len(TAGS)):
        continues_after_a = a > 0 and (a - 1) % 4 in (_B, _I)
        for b in range(len(TAGS)):
            continues_at_b = b > 0 and (b - 1) % 4 in (_I, _E)
            same_type = a > 0 and b > 0 and (a - 1) // 4 == (b - 1) // 4
            if continues_after_a and continues_at_b:
                allowed[a, b] = same_type
            else:
                allowed[a, b] = not continues_after_a and not continues_at_b
    return allowed


ALLOWED = _allowed_transitions()
_PENALTIES = np.where(ALLOWED, 0.0, -1e4).astype(np.float32)


def encode(spans: Iterable[TokenSpan], length: int) -> NDArray[np.int64]:
    """Return the tag index of each of `length` tokens, given mentions that do not overlap."""
    tags = np.zeros(length, np.int64)
    for first, last, type_ in spans:
        base = 1 + 4 * type_
        if first == last:
            tags[first] = base + _S
        else:
            tags[first], tags[first + 1 : last], tags[last] = base + _B, base + _I, base + _E
    return tags


def best_tags(scores: NDArray[np.float32]) -> NDArray[np.intp]:
    """Return the best sequence of tags in which only allowed tags follow one another.

    `scores` are logits or log-probabilities, one row a token, one column a tag. Viterbi runs only over the
    stretches between two O in which the best tag of each token breaks the rules, so the time is linear.
    """
    best: NDArray[np.intp] = scores.argmax(1)
    if not len(best):
        return best
    padded = np.concatenate(([0], best, [0]))
    broken = np.flatnonzero(~ALLOWED[padded[:-1], padded[1:]])
    outside = np.flatnonzero(padded == 0)
    starts = outside[np.searchsorted(outside, broken, "right") - 1]
    ends = outside[np.searchsorted(outside, broken + 1, "left")]
    for start in np.unique(starts).tolist():
        end = int(ends[np.searchsorted(starts, start)])
        best[start : end - 1] = _viterbi(scores[start : end - 1])  # positions in `padded` are one higher
    return best


def _viterbi(scores: NDArray[np.float32]) -> NDArray[np.intp]:
    path = np.empty(len(scores), np.intp)
    back = np.empty((len(scores), len(TAGS)), np.intp)
    columns = np.arange(len(TAGS))
    total = scores[0] + _PENALTIES[0]
    for token in range(1, len(scores)):
        through = total[:, None] + _PENALTIES
        back[token] = through.argmax(0)
        total = through[back[token], columns] + scores[token]
    path[-1] = int((total + _PENALTIES[:, 0]).argmax())
    for token in range(len(scores) - 1, 0, -1):
        path[token - 1] = back[token, path[token]]
    return path


def softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the probability of every tag, given its logit, one row a token."""
    scores = np.exp(scores - scores.max(1, keepdims=True))
    scores /= scores.sum(1, keepdims=True)
    return scores


def sum_by_type(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the probability of each type, one column for each of `TYPES`, from those of the tags."""
    summed: NDArray[np.float32] = probabilities[:, 1:].reshape(len(probabilities), len(TYPES), 4).sum(2)
    return summed


def candidate_rows(scores: NDArray[np.float32], margin: float) -> NDArray[np.intp]:
    """Return the tokens that may belong to a name: the best tag but O is less than `margin` below O."""
    columns = np.ascontiguousarray(scores.T)  # numpy takes the maximum of columns three times as fast
    return np.flatnonzero(columns[1:].max(0) > columns[0] - margin)


def token_spans(tags: NDArray[np.intp]) -> Iterator[TokenSpan]:
    """Return the mentions in a sequence of tags as `best_tags` gives it."""
    marked = np.flatnonzero(tags)
    types, positions = np.divmod(tags[marked] - 1, 4)
    begins = (positions == _B) | (positions == _S)
    ends = (positions == _E) | (positions == _S)
    return map(TokenSpan, marked[begins].tolist(), marked[ends].tolist(), types[begins].tolist())


def spans(tokens: Tokens, scores: NDArray[np.float32]) -> list[Span]:
    """Return the mentions in a text by the scores of its tokens.

    The score of a mention is the probability of its least certain token, rounded to 4 digits.
    """
    tags = best_tags(scores)
    mentions = list(token_spans(tags))
    if not mentions:
        return []
    firsts, lasts, types = map(list, zip(*mentions, strict=True))
    marked = np.flatnonzero(tags)
    certainty = softmax(scores[marked])[np.arange(len(marked)), tags[marked]]
    least = np.minimum.reduceat(certainty, np.searchsorted(marked, firsts))
    return [
        Span(start, end, TYPES[type_], score)
        for start, end, type_, score in zip(
            tokens.starts[firsts].tolist(),
            tokens.ends[lasts].tolist(),
            types,
            least.astype(np.float64).round(4).tolist(),
            strict=True,
        )
    ]
