"""The different words of an article, and where and how often it has them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.stories.runs import begins_run
from streams.stories.terms import Hashes, Words, rarities_of, read_words, separate

IN_HEADLINE, IN_LEAD, IN_BODY = 0, 1, 2
"""The zone in which a word first stands."""

LEAD_WORDS = 100
"""Words after the headline that are the lead."""

Numbers = NDArray[np.int64]

_PLACE_BITS, _PLACE = 20, (1 << 20) - 1  # of a word in a text


class DistinctWords(NamedTuple):
    """Different words: their hashes, first places, zones, and counts, and how rare they are in the news."""

    stems: Numbers
    firsts: Numbers
    zones: Numbers
    counts: Numbers
    rarities: NDArray[np.uint8]

    def in_order(self) -> DistinctWords:
        """Return the same words in the order of their first places."""
        order = np.argsort(self.firsts)
        stems, firsts, zones, counts, rarities = self
        return DistinctWords(stems[order], firsts[order], zones[order], counts[order], rarities[order])


def read_article(headline: str, text: str) -> tuple[Words, int]:
    """Return the words of an article, and how many of them are in its headline.

    `text` may begin with `headline`, which is then read once. A script without spaces has other places, so
    the number is wrong there, which decides little.
    """
    whole = text if begins_with(text, headline) else f"{headline} {text}"
    words = read_words(separate(whole))
    return words, int(np.searchsorted(words.starts, len(headline.encode("utf-8", "surrogatepass"))))


def begins_with(text: str, headline: str) -> bool:
    """Return True if `text` begins with `headline`, and not with a longer word."""
    return text.startswith(headline) and not text[len(headline) : len(headline) + 1].isalnum()


def distinct_words(stems: Hashes, in_headline: int) -> DistinctWords:
    """Return the different words of a text that tell something, in the order of their hashes."""
    rarities = rarities_of(stems)
    (places,) = rarities.nonzero()
    keys = np.sort((stems[places].astype(np.int64) << _PLACE_BITS) | places)
    found = keys >> _PLACE_BITS
    (starts,) = begins_run(found).nonzero()
    firsts = keys[starts] & _PLACE
    counts = np.diff(starts, append=len(keys))
    zones = (firsts >= in_headline).astype(np.int64) + (firsts >= in_headline + LEAD_WORDS)
    return DistinctWords(found[starts], firsts, zones, counts, rarities[firsts])
