"""The fingerprint of an article: the few hashes that near duplicates and stories are recognised by."""

from __future__ import annotations

import binascii
import re
import zlib
from datetime import datetime
from itertools import pairwise

import numpy as np

from streams.events import EnrichedArticle, Fingerprint

VERSION = 1
_WORD = re.compile(r"\w+")
_SKETCH = 64


def fingerprint_of(article: EnrichedArticle, arrived_at: datetime) -> Fingerprint:
    """Return the fingerprint of `article`, which arrived at `arrived_at`."""
    words = _WORD.findall(article.text.lower())
    hashes = {zlib.crc32(f"{first} {second}".encode()) for first, second in pairwise(words)}
    sketch = np.array(sorted(hashes)[:_SKETCH], dtype="<u4")
    return Fingerprint(
        article_id=article.article_id,
        arrived_at=arrived_at,
        publisher=article.publisher,
        url=article.url,
        published_at=article.published_at,
        headline=article.headline,
        language=article.language,
        labels=[label.label for label in article.labels],
        sketch=binascii.b2a_base64(sketch.tobytes(), newline=False).decode(),
    )
