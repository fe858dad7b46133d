"""BIOES tags on tokens, and the mentions that they spell.

A mention of one token is S; of several, B, then I, then E; all else is O (Ratinov and Roth, CoNLL 2009).
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
TAGS = ("O", *(f"{place}-{type_}" for type_ in TYPES for place in "BIES"))
"""Row order of every tagger's scores: O, then B, I, E, S of each type."""

_B, _I, _E, _S = range(4)


class TokenSpan(NamedTuple):
    """Tokens `first` to `last`, both included, name something of the type with this index in TYPES."""

    first: int
    last: int
    type: int


def _may_follow() -> NDArray[np.bool_]:
    """`allowed[a, b]`: tag b may stand right after tag a."""
    allowed = np.zeros((len(TAGS), len(TAGS)), bool)
    for a in range(len(TAGS)):
        inside_a = a > 0 and (a - 1) % 4 in (_B, _I)
        for b in range(len(TAGS)):
            inside_b = b > 0 and (b - 1) % 4 in (_I, _E)
            same_type = a > 0 and b > 0 and (a - 1) // 4 == (b - 1) // 4
            allowed[a, b] = same_type if inside_a and inside_b else not inside_a and not inside_b
    return allowed


ALLOWED = _may_follow()
_FORBIDDEN = np.where(ALLOWED, 0.0, -1e4).astype(np.float32)


def encode(spans: Iterable[TokenSpan], length: int) -> NDArray[np.int64]:
    """One tag index a token for SPANS that do not overlap, over LENGTH tokens."""
    tags = np.zeros(length, np.int64)
    for first, last, type_ in spans:
        base = 1 + 4 * type_
        if first == last:
            tags[first] = base + _S
        else:
            tags[first], tags[first + 1 : last], tags[last] = base + _B, base + _I, base + _E
    return tags


def best_tags(scores: NDArray[np.float32]) -> NDArray[np.intp]:
    """The best tag of each token such that B, I, E and S follow one another as they may.

    SCORES are logits or log-probabilities, one row a token, one column a tag. Linear: Viterbi runs only over
    the stretches between two O whose own best tags break the rules.
    """
    best: NDArray[np.intp] = scores.argmax(1)
    if not len(best):
        return best
    padded = np.concatenate(([0], best, [0]))
    broken = np.flatnonzero(~ALLOWED[padded[:-1], padded[1:]])
    outside = np.flatnonzero(padded == 0)
    starts = outside[np.searchsorted(outside, broken, "right") - 1]
    ends = outside[np.searchsorted(outside, broken + 1, "left")]
    for start in np.unique(starts).tolist():  # between two tokens that are outside: from start to end - 1
        end = int(ends[np.searchsorted(starts, start)])
        best[start : end - 1] = _viterbi(scores[start : end - 1])
    return best


def _viterbi(scores: NDArray[np.float32]) -> NDArray[np.intp]:
    path = np.empty(len(scores), np.intp)
    back = np.empty((len(scores), len(TAGS)), np.intp)
    columns = np.arange(len(TAGS))
    total = scores[0] + _FORBIDDEN[0]
    for at in range(1, len(scores)):
        through = total[:, None] + _FORBIDDEN
        back[at] = through.argmax(0)
        total = through[back[at], columns] + scores[at]
    path[-1] = int((total + _FORBIDDEN[:, 0]).argmax())
    for at in range(len(scores) - 1, 0, -1):
        path[at - 1] = back[at, path[at]]
    return path


def softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """The probability of every tag, given its logit, one row a token."""
    scores = np.exp(scores - scores.max(1, keepdims=True))
    scores /= scores.sum(1, keepdims=True)
    return scores


def by_type(tag_shares: NDArray[np.float32]) -> NDArray[np.float32]:
    """TAG_SHARES, as `softmax` gives them, summed over the places in a mention: one column each of TYPES."""
    summed: NDArray[np.float32] = tag_shares[:, 1:].reshape(len(tag_shares), len(TYPES), 4).sum(2)
    return summed


def likely(scores: NDArray[np.float32], margin: float) -> NDArray[np.intp]:
    """The rows of SCORES whose best tag of a name is less than MARGIN below O."""
    columns = np.ascontiguousarray(scores.T)  # numpy takes the largest of columns three times as fast
    return np.flatnonzero(columns[1:].max(0) > columns[0] - margin)


def token_spans(tags: NDArray[np.intp]) -> Iterator[TokenSpan]:
    """The mentions that TAGS, a sequence as `best_tags` gives it, spell."""
    marked = np.flatnonzero(tags)
    types, places = np.divmod(tags[marked] - 1, 4)
    begins = (places == _B) | (places == _S)
    ends = (places == _E) | (places == _S)
    return map(TokenSpan, marked[begins].tolist(), marked[ends].tolist(), types[begins].tolist())


def spans(tokens: Tokens, scores: NDArray[np.float32]) -> list[Span]:
    """The mentions in TOKENS by their tag SCORES; the score of a mention is its least certain token's."""
    tags = best_tags(scores)
    found = list(token_spans(tags))
    if not found:
        return []
    firsts, lasts, types = map(list, zip(*found, strict=True))
    marked = np.flatnonzero(tags)
    certain = softmax(scores[marked])[np.arange(len(marked)), tags[marked]]
    least = np.minimum.reduceat(certain, np.searchsorted(marked, firsts))
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
