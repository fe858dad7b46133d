"""The fingerprint of an article: the few hashes that near duplicates and stories are recognised by.

A sketch has the smallest hashes of the article's shingles, which are runs of words: texts that share a part
share the hashes of that part. The terms are its most telling words, and its entities.
"""

from __future__ import annotations

import binascii
from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.errors import UnknownFingerprint
from streams.events import EnrichedArticle, Entity, Fingerprint
from streams.stories.terms import Hashes, Words, hash_term, split_words

VERSION = 1
SKETCH = 48
"""Hashes that a sketch has at most."""
TERMS = 64
"""Terms that a fingerprint has at most; entities are at most a quarter of them."""
ENTITIES = 16
COUNT, HEADLINE, LEAD, ENTITY = 31, 32, 64, 128
"""The bits of a kind: how often the article has a word, or how salient an entity is, and where it has it."""

Bytes = NDArray[np.uint8]

_SHINGLE = 4  # words
_MOST_WORDS = 50_000  # that are read; a longer text is cut
_LEAD = 100  # words after the headline
_FIRST_WORDS, _FIRST_ENTITIES = 12, 6  # that come first, because the index looks these up
_COUNT_WEIGHTS = np.array([0, *(round(16 * (1 + np.log(count))) for count in range(1, COUNT + 1))])
_MIX = tuple(np.uint64(odd) for odd in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9))
_HALF, _FINAL = np.uint64(32), np.uint64(0xD6E8FEB86659FD93)


class Features(NamedTuple):
    """What a fingerprint says: the sketch in ascending order, and the terms with the most telling first."""

    sketch: Hashes
    terms: Hashes
    rarities: Bytes
    kinds: Bytes


def fingerprint_of(article: EnrichedArticle, arrived_at: datetime) -> Fingerprint:
    """Return the fingerprint of `article`, which arrived at `arrived_at`."""
    features = features_of(article)
    terms = features.terms.astype("<u4").tobytes() + features.rarities.tobytes() + features.kinds.tobytes()
    return Fingerprint(
        article_id=article.article_id,
        version=VERSION,
        arrived_at=arrived_at if arrived_at.tzinfo else arrived_at.replace(tzinfo=UTC),
        publisher=article.publisher,
        url=article.url,
        published_at=article.published_at,
        headline=article.headline,
        language=article.language,
        labels=[label.label for label in article.labels],
        sketch=_encoded(features.sketch.astype("<u4").tobytes()),
        terms=_encoded(terms),
    )


def features_of(article: EnrichedArticle) -> Features:
    """Return the sketch and the terms of `article`."""
    headline = (article.headline or "").strip()
    words = split_words(headline)
    in_headline = len(words)
    if article.text.startswith(headline):
        words = split_words(article.text)
    else:
        words += split_words(article.text)
    del words[_MOST_WORDS:]
    table = _words()
    numbers = table.numbers(words)
    terms, rarities, kinds = _word_terms(table.stems[numbers], table.rarities[numbers], in_headline)
    entities = [_entity_term(entity, len(headline)) for entity in article.entities[:ENTITIES]]
    named = np.array(entities, dtype=np.int64).reshape(-1, 3)
    first, last = slice(_FIRST_WORDS), slice(_FIRST_WORDS, TERMS - len(named))
    named_first, named_last = named[:_FIRST_ENTITIES], named[_FIRST_ENTITIES:]
    return Features(
        _sketch(table.hashes[numbers]),
        np.concatenate([terms[first], named_first[:, 0], terms[last], named_last[:, 0]]).astype(np.uint32),
        np.concatenate([rarities[first], named_first[:, 1], rarities[last], named_last[:, 1]]).astype(
            np.uint8
        ),
        np.concatenate([kinds[first], named_first[:, 2], kinds[last], named_last[:, 2]]).astype(np.uint8),
    )


def decode(fingerprint: Fingerprint) -> Features:
    """Return what `fingerprint` says. Raises UnknownFingerprint if it cannot be read."""
    return decode_parts(fingerprint.article_id, fingerprint.version, fingerprint.sketch, fingerprint.terms)


def decode_parts(article_id: str, version: int, sketch: str, terms: str) -> Features:
    """Return what the fields of a fingerprint say. Raises UnknownFingerprint if they cannot be read."""
    if version != VERSION:
        raise UnknownFingerprint(
            f"the fingerprint of {article_id} has version {version}; this release reads {VERSION}: "
            "publish the article again"
        )
    try:
        hashes = np.frombuffer(binascii.a2b_base64(sketch, strict_mode=True), dtype="<u4")
        packed = binascii.a2b_base64(terms, strict_mode=True)
        count, rest = divmod(len(packed), 6)
        if rest or count > TERMS or len(hashes) > SKETCH:
            raise ValueError("its length is wrong")
        if packed.count(0, 5 * count):
            raise ValueError("a term has no kind")
    except ValueError as error:
        raise UnknownFingerprint(f"the fingerprint of {article_id} cannot be read: {error}") from None
    numbers = np.frombuffer(packed, dtype="<u4", count=count)
    rarities = np.frombuffer(packed, dtype=np.uint8, count=count, offset=4 * count)
    return Features(hashes, numbers, rarities, np.frombuffer(packed, dtype=np.uint8, offset=5 * count))


@cache
def _words() -> Words:
    return Words()


def _encoded(content: bytes) -> str:
    return binascii.b2a_base64(content, newline=False).decode("ascii")


def _sketch(hashes: Hashes) -> Hashes:
    """Return the smallest hashes of the runs of words; a shorter text is one run."""
    if not len(hashes):
        return hashes
    wide = hashes.astype(np.uint64)
    if len(wide) < _SHINGLE:
        wide = np.concatenate([wide, np.zeros(_SHINGLE - len(wide), dtype=np.uint64)])
    mixed = wide[:-3] * _MIX[0] + wide[1:-2]
    mixed = mixed * _MIX[1] + wide[2:-1]
    mixed = mixed * _MIX[2] + wide[3:]
    mixed ^= mixed >> _HALF
    mixed *= _FINAL
    runs = np.sort((mixed >> _HALF).astype(np.uint32))
    is_new = np.ones(len(runs), dtype=bool)
    np.not_equal(runs[1:], runs[:-1], out=is_new[1:])
    return runs[is_new][:SKETCH]


def _word_terms(stems: Hashes, rarities: Bytes, in_headline: int) -> tuple[Hashes, Bytes, Bytes]:
    """Return the most telling words, with their rarities and kinds."""
    places = np.flatnonzero(rarities)
    order = np.argsort(stems[places], kind="stable")
    places = places[order]
    ordered = stems[places]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(ordered)])
    counts = np.minimum(np.diff(starts, append=len(ordered)), COUNT)
    firsts = places[starts]  # the sort is stable: the first of each word is its first place in the text
    rare = rarities[firsts]
    headline, lead = firsts < in_headline, firsts < in_headline + _LEAD
    scores = _COUNT_WEIGHTS[counts] * rare * (4 + lead + 2 * headline)
    best = np.argsort(-scores, kind="stable")[:TERMS]
    kinds = counts + HEADLINE * headline + LEAD * lead
    return ordered[starts][best], rare[best], kinds[best].astype(np.uint8)


def _entity_term(entity: Entity, headline_length: int) -> tuple[int, int, int]:
    key, rarity = _entity_key(entity.ids.get("wikidata") or entity.id)
    in_headline = entity.mentions[0].start < headline_length if entity.mentions else False
    return key, rarity, ENTITY + round(COUNT * entity.salience**0.5) + HEADLINE * in_headline


_KEYS: dict[str, tuple[int, int]] = {}


def _entity_key(name: str) -> tuple[int, int]:
    if (known := _KEYS.get(name)) is None:
        if len(_KEYS) >= _MOST_WORDS:
            _KEYS.clear()
        key = hash_term(b"\0" + name.encode("utf-8", "surrogatepass"))
        known = _KEYS[name] = key, _words().rarity(key) or 1
    return known
