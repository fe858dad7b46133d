"""What the words of an article say for each learned label: a small additive network in numpy.

Each word has a vector of its meaning and one of its spelling. Two window layers read it with its neighbours
and with the entities that are named there (Collobert et al. 2011), and give its contribution to every label:
"talks" beside "union" and "pay" has none for diplomacy. `streams.training.labels` trains it.

Layers have whole numbers as weights and inputs, and `streams.training.labels.export` sees to it that their
sums are exact in floats. So an article gets the same contributions on every machine, whatever came before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from streams.enrich.embedding import StaticEmbedding
from streams.enrich.labels.slots import Slots
from streams.enrich.labels.words import BODY, HEADLINE, KINDS, LEAD, READ_WORDS

FIRST_WINDOW, SECOND_WINDOW = 7, 3
"""Words that each layer sees of the layer below."""

CACHED_WORDS = 12_000
"""Words whose part of the first layer is kept, 1.3 kB each. On news, 20 words of an article are not there."""

DAMPING_WORDS = 20
"""The contributions of longer texts weigh less."""

MEANING_UNIT = 1 / 4
"""Unit of the mean of the vectors of a word's pieces, which are whole numbers of 8 bits."""

FIRST_UNIT, FIRST_LARGEST = 1 / 128, 1023
SECOND_UNIT, SECOND_LARGEST = 1 / 256, 2047
CONTEXT_UNIT, CONTEXT_LARGEST = 1 / 4096, 65535
"""Units and largest values of the outputs of the layers."""

_PARTS = np.array([[HEADLINE], [LEAD], [BODY]])

_SHARE_BITS = 2
SHARE_UNIT = FIRST_UNIT / 2**_SHARE_BITS
"""Unit of what a word gives to the first layer, finer by two bits."""

MEAN_FACTOR = 16
"""The mean over all words is as much finer than SECOND_UNIT."""


class Reading(NamedTuple):
    """What the network says of one article.

    What a word adds to a label is its entry in `contributions`, times the unit of the label for the word's
    part of the article. `totals` are the sums of all that and of `direct`, which the article adds as a whole.
    """

    contributions: NDArray[np.float32]  # [words, labels], whole numbers
    parts: NDArray[np.int8]  # [words]
    units: NDArray[np.float64]  # [parts, labels]
    direct: NDArray[np.float64]  # [labels]
    totals: NDArray[np.float64]  # [labels]

    def of_words(self, label: int) -> NDArray[np.float64]:
        """Return the contribution of each word to the label of this index."""
        weights: NDArray[np.float64] = self.contributions[:, label] * self.units[self.parts, label]
        return weights


class Network:
    """The network of a model file. It keeps a cache: call it from one thread at a time."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]], embedding: StaticEmbedding) -> None:
        """Take the arrays under the names that `streams.training.labels.export` gives them."""
        self._embedding = embedding
        self._spellings = arrays["spellings"]
        self._first = arrays["first"].astype(np.float32)
        self._first_scale = arrays["first_scale"].astype(np.float32)
        # With half a unit, so that the shift below rounds.
        self._first_bias = arrays["first_bias"].astype(np.int16) + np.int16(2 ** (_SHARE_BITS - 1))
        self._named = arrays["named"].astype(np.float32)
        self._width = len(self._first_bias)
        self._limit = (np.iinfo(np.int16).max - int(np.abs(self._first_bias).max())) // FIRST_WINDOW
        # One product gives all windows: a word's part of the windows before, around and after it.
        second = arrays["second"].reshape(SECOND_WINDOW, self._width, -1)
        self._second = np.concatenate([*second.astype(np.float32)], axis=1)
        self._second_bias = arrays["second_bias"].astype(np.float32)
        self._second_scale = arrays["second_scale"].astype(np.float32)
        self._out, self._out_scale = arrays["out"].astype(np.float32), arrays["out_scale"]
        self._least = arrays["least"].astype(np.float32)
        self._context, self._gate, self._direct = (
            _Layer(arrays, name) for name in ("context", "gate", "direct")
        )
        self._part_factors = np.exp(arrays["part"])
        self._damping = 1 / (1 + np.exp(-float(arrays["damping"][()])))
        # The first row is what stands beyond both ends of a text.
        self._cache = np.zeros((1 + CACHED_WORDS, FIRST_WINDOW * self._width), np.int16)
        self._slots, self._fresh_starts = Slots(CACHED_WORDS), embedding.numbers.fresh_starts
        # Written anew for each article: to allocate them takes longer than to fill them.
        self._rows = np.zeros(READ_WORDS + FIRST_WINDOW - 1, np.intp)
        self._gathered = np.empty((len(self._rows), self._cache.shape[1]), np.int16)
        self._padded = np.zeros((READ_WORDS + SECOND_WINDOW - 1, self._width), np.float32)
        self._by_window = np.empty((len(self._padded), self._second.shape[1]), np.float32)

    def read(
        self,
        forms: Sequence[str],
        kinds: NDArray[np.int8],
        parts: NDArray[np.int8],
        numbers: NDArray[np.int64] | None = None,
    ) -> Reading:
        """Return what the words of an article say, from their folded forms, kinds and parts.

        There are up to `READ_WORDS` of them. `numbers` are those that the embedding has just given to the
        forms, if the caller needs them as well.
        """
        count = len(forms)
        self._first_layer(forms, self._embedding.numbers.of(forms) if numbers is None else numbers, kinds)
        hidden = self._second_layer(count)
        above = hidden @ self._out
        contributions = np.copysign(np.maximum(np.abs(above) - self._least, 0), above)
        total = np.ones(count, np.float32) @ hidden
        mean = np.rint(total.astype(np.float64) * MEAN_FACTOR / max(count, 1))
        largest = hidden.max(axis=0, initial=0).astype(np.float64) * MEAN_FACTOR
        context = self._context(np.concatenate([mean, largest])) / CONTEXT_UNIT
        context = np.clip(np.rint(context), 0, CONTEXT_LARGEST)
        gate = 1 + np.tanh(self._gate(context) / 2)  # twice the sigmoid, which it is trained as
        damping = (DAMPING_WORDS / (DAMPING_WORDS + max(count, 1))) ** self._damping
        units = self._part_factors[:, None] * (self._out_scale * gate * damping)
        direct = self._direct(context)
        in_part = (parts == _PARTS).astype(np.float64)
        totals = ((in_part @ contributions) * units).sum(axis=0) + direct
        return Reading(contributions, parts, units, direct, totals)

    def _first_layer(self, forms: Sequence[str], numbers: NDArray[np.int64], kinds: NDArray[np.int8]) -> None:
        """Write the first layer of each word in FIRST_UNIT, with a row of zeros at both ends."""
        reach, count = FIRST_WINDOW // 2, len(forms)
        rows = self._rows[: count + 2 * reach]
        rows[reach : reach + count] = self._cached(forms, numbers, kinds)
        rows[reach + count :] = 0
        # "clip", because take does not write into its target directly with "raise"
        shares = self._cache.take(rows, axis=0, out=self._gathered[: len(rows)], mode="clip")
        summed = shares[:count, : self._width] + self._first_bias
        for place in range(1, FIRST_WINDOW):
            summed += shares[place : place + count, place * self._width : (place + 1) * self._width]
        summed >>= _SHARE_BITS
        np.maximum(summed, 0, out=summed)
        self._padded[1 : 1 + count] = np.minimum(summed, FIRST_LARGEST, out=summed)
        self._padded[1 + count] = 0

    def _second_layer(self, count: int) -> NDArray[np.float32]:
        """Return the second layer of each word in SECOND_UNIT, from the first one of `count` words."""
        padded = count + SECOND_WINDOW - 1
        by_window = np.matmul(self._padded[:padded], self._second, out=self._by_window[:padded])
        width = len(self._second_bias)
        hidden: NDArray[np.float32] = by_window[:count, :width] + self._second_bias
        for place in range(1, SECOND_WINDOW):
            hidden += by_window[place : place + count, place * width : (place + 1) * width]
        hidden *= self._second_scale
        np.rint(hidden, out=hidden)
        np.maximum(hidden, 0, out=hidden)
        np.minimum(hidden, SECOND_LARGEST, out=hidden)
        return hidden

    def _cached(
        self, forms: Sequence[str], numbers: NDArray[np.int64], kinds: NDArray[np.int8]
    ) -> NDArray[np.int64]:
        """Return the row of each word in the cache; compute the words that are not in it."""
        if self._fresh_starts != self._embedding.numbers.fresh_starts:
            self._slots.clear()
            self._fresh_starts = self._embedding.numbers.fresh_starts
        taken = self._slots.take(numbers * KINDS + kinds)
        if len(taken.new):
            new = [forms[at] for at in taken.new.tolist()]
            self._cache[1 + taken.slots[taken.new]] = self._shares(new, numbers[taken.new], kinds[taken.new])
        return taken.slots + 1

    def _shares(
        self, forms: Sequence[str], numbers: NDArray[np.int64], kinds: NDArray[np.int8]
    ) -> NDArray[np.int16]:
        """Return what each word gives to the first layer at each place of its window, in SHARE_UNIT.

        Shape: (words, FIRST_WINDOW * width).
        """
        described = np.empty((len(forms), len(self._first)), np.float32)
        meanings = self._embedding.means(numbers)
        np.rint(meanings / MEANING_UNIT, out=described[:, : meanings.shape[1]], casting="same_kind")
        rows = [spelling_row(form, len(self._spellings)) for form in forms]
        described[:, meanings.shape[1] :] = self._spellings[rows]
        shares = described @ self._first
        shares *= self._first_scale
        shares += self._named[kinds]
        np.rint(shares, out=shares)
        np.maximum(shares, -self._limit, out=shares)
        np.minimum(shares, self._limit, out=shares)
        return shares.astype(np.int16)


class _Layer:
    """A linear layer over whole numbers."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]], name: str) -> None:
        self._weight, self._scale = arrays[name].astype(np.float64), arrays[f"{name}_scale"]
        self._bias = arrays[f"{name}_bias"]

    def __call__(self, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        outputs: NDArray[np.float64] = (inputs @ self._weight) * self._scale + self._bias
        return outputs


def spelling_row(form: str, rows: int) -> int:
    """Return the row of a word's spelling in a table of this many rows; row 0 is for no word."""
    return 1 + crc32(form.encode()) % (rows - 1)
