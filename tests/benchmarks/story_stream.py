"""A long stream of fingerprints with the terms of real articles, for the speed of the index."""

from __future__ import annotations

import binascii
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from streams.events import Fingerprint
from streams.stories.fingerprint import SKETCH, VERSION, Features

START = datetime(2026, 3, 1, tzinfo=UTC)
REPRINTS = 0.2


def stream(seeds: Sequence[Features], count: int, every: timedelta) -> Iterator[Fingerprint]:
    """Yield `count` fingerprints, one in `every`: each has the terms of two of `seeds`; some are reprints."""
    random = np.random.default_rng(1)
    sketches: list[bytes] = []
    for number in range(count):
        first, second = (seeds[place] for place in random.integers(len(seeds), size=2))
        half = len(first.terms) // 2
        columns = (
            np.concatenate([mine[:half], theirs[: len(mine) - half]])
            for mine, theirs in zip(first[1:4], second[1:4], strict=True)
        )
        _, places = np.unique(terms := next(columns), return_index=True)
        places.sort()
        packed = b"".join(column[places].tobytes() for column in (terms.astype("<u4"), *columns))
        if sketches and random.random() < REPRINTS:
            sketch = sketches[int(random.integers(len(sketches)))]
        else:
            sketch = np.sort(random.integers(2**32 // 12, size=SKETCH)).astype("<u4").tobytes()
            sketches = [*sketches[-500:], sketch]
        yield Fingerprint(
            article_id=f"{number:032x}",
            version=VERSION,
            arrived_at=START + number * every,
            publisher=f"Paper {number % 400}",
            url=f"https://example.org/news/{number:020d}",
            headline="A headline of an article that has about the usual length of headlines",
            labels=["climate", "economy"],
            sketch=binascii.b2a_base64(sketch, newline=False).decode(),
            terms=binascii.b2a_base64(packed, newline=False).decode(),
            vector=binascii.b2a_base64(first.vector.tobytes(), newline=False).decode(),
        )
