"""Batches for the teacher: gold and silver text as windows of word pieces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from streams.enrich.entities.taggers.wordpieces import WINDOW, WordPieces
from streams.training.entities.gold import Gold
from streams.training.entities.texts import Silver, change_case

IGNORED = -100
"""The target of pieces that are not learned from: all but the first piece of a token."""

TWEETS = "btc_all"
"""The source of tweets, which are many and unlike news; an epoch reads only a part of them, in turn."""


class Batch(NamedTuple):
    """Windows, one a row: ids, cases, targets (`IGNORED` beside first pieces), and True if MISC was marked.

    A target is a tag in gold text, and a row of `probabilities` in silver text.
    """

    ids: Tensor
    cases: Tensor
    wanted: Tensor
    has_misc: Tensor
    probabilities: Tensor | None


@dataclass
class _Stream:
    """The pieces of an epoch, one array a document."""

    ids: list[NDArray[Any]] = field(default_factory=list)
    cases: list[NDArray[Any]] = field(default_factory=list)
    wanted: list[NDArray[Any]] = field(default_factory=list)
    misc: list[NDArray[Any]] = field(default_factory=list)
    probabilities: list[NDArray[np.float16]] = field(default_factory=list)


@dataclass(frozen=True)
class Batches:
    """Gold or silver text as full windows of a stream of pieces, in another order in each epoch.

    Gold text changes its case in each epoch. Of silver text an epoch reads one part in `parts`, in turn.
    """

    documents: Sequence[Gold] | Sequence[Silver]
    word_pieces: WordPieces
    batch: int
    seed: int
    parts: int = 1
    tweet_turns: int = 2

    def epoch(self, number: int) -> Iterator[Batch]:
        """Yield the batches of the epoch `number`."""
        rng = np.random.default_rng((self.seed, number))
        stream = self._stream(number, rng)
        rows = sum(map(len, stream.ids)) // WINDOW
        shift = int(rng.integers(WINDOW))

        def windows(parts: list[NDArray[Any]], edge: int) -> Tensor:
            pieces = np.roll(np.concatenate(parts), shift)[: rows * WINDOW].reshape(rows, WINDOW)
            return torch.from_numpy(np.pad(pieces.astype(np.int64), ((0, 0), (1, 1)), constant_values=edge))

        ids = windows(stream.ids, self.word_pieces.closing)
        ids[:, 0] = self.word_pieces.opening
        cases, wanted = windows(stream.cases, 0), windows(stream.wanted, IGNORED)
        has_misc = windows(stream.misc, 0).bool()
        silver = torch.from_numpy(np.concatenate(stream.probabilities)) if stream.probabilities else None
        order = torch.from_numpy(rng.permutation(rows))
        for start in range(0, rows - self.batch + 1, self.batch):
            take = order[start : start + self.batch]
            yield Batch(ids[take], cases[take], wanted[take], has_misc[take], silver)

    def _stream(self, number: int, rng: np.random.Generator) -> _Stream:
        """Return the pieces of the documents that the epoch `number` reads, in a random order."""
        stream = _Stream()
        described = 0  # tokens of silver text so far
        for at in rng.permutation(len(self.documents)).tolist():
            document = self.documents[at]
            if (at + number) % self._turns(document):
                continue
            if isinstance(document, Gold):
                pieces = self.word_pieces.cut(change_case(document.tokens.forms, rng))
                targets, has_misc = document.tags, document.has_misc
            else:
                pieces = self.word_pieces.cut(document.forms)
                targets, has_misc = np.arange(described, described + len(document.forms)), True
                stream.probabilities.append(document.probabilities)
                described += len(document.forms)
            wanted = np.where(pieces.first_of >= 0, targets[pieces.first_of], IGNORED)
            stream.ids.append(np.append(pieces.ids, self.word_pieces.closing))
            stream.cases.append(np.append(pieces.cases, 0))
            stream.wanted.append(np.append(wanted, IGNORED))
            stream.misc.append(np.full(len(stream.ids[-1]), has_misc))
        return stream

    def _turns(self, document: Gold | Silver) -> int:
        """Return the number of epochs that together read the document once."""
        if isinstance(document, Silver):
            return self.parts
        return self.tweet_turns if document.source == TWEETS else 1


def mix_batches(kinds: Sequence[Batches], number: int, seed: int) -> Iterator[Batch]:
    """Yield the batches of the epoch `number` of all `kinds`, in an order drawn by `seed`."""
    left = [list(kind.epoch(number)) for kind in kinds]
    turns = np.repeat(np.arange(len(left)), [len(batches) for batches in left])
    for turn in np.random.default_rng((seed, number)).permutation(turns).tolist():
        yield left[turn].pop()
