"""The fingerprint of an article: the few hashes that near duplicates and stories are recognised by.

A sketch has the smallest hashes of the article's shingles, which are runs of words: texts that share a part
share the hashes of that part. The terms are its most telling words, and its entities. The vector is a
direction that articles about one event have in common, also in other words. The words are a Bloom filter,
which tells whether the article has a given word.
"""

from __future__ import annotations

import binascii
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.errors import UnknownFingerprint
from streams.events import EnrichedArticle, Entity, Fingerprint
from streams.stories.distinct_words import DistinctWords, distinct_words, read_article
from streams.stories.runs import begins_run
from streams.stories.terms import Hashes, Wide, hash_term, rarities_of
from streams.stories.vectors import WIDTH, Vector, vector_of
from streams.stories.word_filters import BYTES, Filter, filter_of

if TYPE_CHECKING:
    from streams.stories.encoder import StoryEncoder  # only who makes accurate vectors needs onnxruntime

VERSION = 5
ENCODED_VERSION = 6
"""Of a fingerprint whose vector an encoder made. Its vector is compared with others of this version alone, so
other vectors need other versions.
"""
OLDEST_VERSION, NEWEST_VERSION = 1, ENCODED_VERSION
"""Of the fingerprints that are read. Version 1 has no vector. Those of versions 2 to 4 are left out, because
they cannot be compared with today's. Versions 1 and 2 have no word filter.
"""
SKETCH = 48
"""Hashes that a sketch has at most."""
TERMS = 64
"""Terms that a fingerprint has at most; entities are at most a quarter of them."""
ENTITIES = 16
COUNT, HEADLINE, LEAD, ENTITY = 31, 32, 64, 128
"""The bits of a kind: how often the article has a word, or how salient an entity is, and where it has it."""

Bytes = NDArray[np.uint8]

_SHINGLE = 4  # words
_FIRST_WORDS, _FIRST_ENTITIES = 12, 6  # that come first, because the index looks these up
_COUNT_WEIGHTS = np.array([0, *(round(16 * (1 + np.log(count))) for count in range(1, COUNT + 1))])
_NO_VECTOR = np.zeros(WIDTH, dtype=np.int8)
_NO_FILTER = np.zeros(BYTES, dtype=np.uint8)
_ZONE_KINDS = np.array([LEAD | HEADLINE, LEAD, 0], dtype=np.uint8)  # of the headline, the lead and the body
_ZONE_WEIGHTS = np.array([7, 5, 4])
_MOST_SCORE = 1 << 20  # more than any word has
_WORD_BITS, _WORD = 20, (1 << 20) - 1  # of the number of a word
_HALF = np.uint64(32)
_MIX = tuple(np.uint64(odd) for odd in (0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5))
_MOST_KEYS = 50_000  # of entities that are remembered


class Features(NamedTuple):
    """What a fingerprint says: the sketch in ascending order, and the terms with the most telling first."""

    sketch: Hashes
    terms: Hashes
    rarities: Bytes
    kinds: Bytes
    vector: Vector
    is_encoded: bool  # whether an encoder made the vector, and not the words alone
    words: Filter


class _Packed(NamedTuple):
    """The fields of a fingerprint as bytes."""

    sketch: bytes
    terms: bytes
    vector: bytes
    words: bytes


def fingerprint_of(
    article: EnrichedArticle, arrived_at: datetime, encoder: StoryEncoder | None = None
) -> Fingerprint:
    """Return the fingerprint of `article`, which arrived at `arrived_at`.

    With an `encoder`, it makes the vector, which then takes some ten milliseconds.
    """
    sketch, terms, vector, words = (
        binascii.b2a_base64(field, newline=False).decode("ascii") for field in _packed(article, encoder)
    )
    return Fingerprint(
        article_id=article.article_id,
        version=VERSION if encoder is None else ENCODED_VERSION,
        arrived_at=arrived_at if arrived_at.tzinfo else arrived_at.replace(tzinfo=UTC),
        publisher=article.publisher,
        url=article.url,
        published_at=article.published_at,
        headline=article.headline,
        language=article.language,
        labels=[label.label for label in article.labels],
        sketch=sketch,
        terms=terms,
        vector=vector,
        words=words,
    )


def features_of(article: EnrichedArticle, encoder: StoryEncoder | None = None) -> Features:
    """Return what the fingerprint of `article` says."""
    return _unpacked(_packed(article, encoder), is_encoded=encoder is not None)


def decode(fingerprint: Fingerprint) -> Features:
    """Return what `fingerprint` says. Raises UnknownFingerprint if it cannot be read."""
    fields = fingerprint.sketch, fingerprint.terms, fingerprint.vector, fingerprint.words
    return decode_parts(fingerprint.article_id, fingerprint.version, fields)


def decode_parts(article_id: str, version: int, fields: tuple[str, str, str, str]) -> Features:
    """Return what the sketch, the terms, the vector and the words of a fingerprint say.

    Raises UnknownFingerprint if they cannot be read.
    """
    if not OLDEST_VERSION <= version <= NEWEST_VERSION:
        raise UnknownFingerprint(
            f"the fingerprint of {article_id} has version {version}; this release reads {OLDEST_VERSION} to "
            f"{NEWEST_VERSION}: publish the article again"
        )
    try:
        packed = _Packed(*(binascii.a2b_base64(field, strict_mode=True) for field in fields))
        features = _unpacked(packed, is_encoded=version == ENCODED_VERSION)
    except ValueError as error:
        raise UnknownFingerprint(f"the fingerprint of {article_id} cannot be read: {error}") from None
    return features if version >= VERSION else features._replace(vector=_NO_VECTOR)


def _unpacked(packed: _Packed, *, is_encoded: bool) -> Features:
    """Return the features from their bytes. Raises ValueError if these are not as `_packed` returns them."""
    sketch, terms, vector, words = packed
    count, rest = divmod(len(terms), 6)
    if rest or count > TERMS or len(sketch) > 4 * SKETCH:
        raise ValueError("its length is wrong")
    if len(vector) not in (0, WIDTH) or len(words) not in (0, BYTES):
        raise ValueError("the length of its vector or of its words is wrong")
    if terms.count(0, 5 * count):
        raise ValueError("a term has no kind")
    return Features(
        np.frombuffer(sketch, dtype="<u4"),
        np.frombuffer(terms, dtype="<u4", count=count),
        np.frombuffer(terms, dtype=np.uint8, count=count, offset=4 * count),
        np.frombuffer(terms, dtype=np.uint8, offset=5 * count),
        np.frombuffer(vector, dtype=np.int8) if vector else _NO_VECTOR,
        is_encoded,
        np.frombuffer(words, dtype=np.uint8) if words else _NO_FILTER,
    )


def _packed(article: EnrichedArticle, encoder: StoryEncoder | None) -> _Packed:
    """Return the fields of `article`; its terms are their hashes, then their rarities, then their kinds."""
    headline = (article.headline or "").strip()
    words, in_headline = read_article(headline, article.text)
    distinct = distinct_words(words.stems, in_headline)
    columns = _word_terms(distinct)
    entities = [_entity_term(entity, len(headline)) for entity in article.entities[:ENTITIES]]
    named = tuple(map(b"".join, zip(*entities, strict=True))) if entities else (b"", b"", b"")
    parts: list[bytes] = []
    for size, column, names in zip((4, 1, 1), columns, named, strict=True):
        first, first_names, last = (
            size * count for count in (_FIRST_WORDS, _FIRST_ENTITIES, TERMS - len(entities))
        )
        parts += [column[:first], names[:first_names], column[first:last], names[first_names:]]
    ordered = distinct.in_order()
    stems = ordered.stems.astype(np.uint32)
    vector = vector_of(stems, ordered.zones, _COUNT_WEIGHTS[np.minimum(ordered.counts, COUNT)])
    if encoder is not None and vector.any():  # it reads the same languages
        vector = encoder.vector_of(headline, article.text, vector)
    return _Packed(_sketch(words.hashes), b"".join(parts), vector.tobytes(), filter_of(stems).tobytes())


def _sketch(hashes: Wide) -> bytes:
    """Return the smallest hashes of the runs of four words; a shorter text is one run."""
    if not len(hashes):
        return b""
    if len(hashes) < _SHINGLE:
        hashes = np.concatenate([hashes, np.zeros(_SHINGLE - len(hashes), dtype=np.uint64)])
    runs = hashes[:-3] * _MIX[0]
    runs += hashes[1:-2]
    runs *= _MIX[1]
    runs += hashes[2:-1]
    runs *= _MIX[2]
    runs += hashes[3:]
    runs >>= _HALF
    small = np.sort(runs.astype(np.uint32))
    return small[begins_run(small)][:SKETCH].astype("<u4").tobytes()


def _word_terms(distinct: DistinctWords) -> tuple[bytes, bytes, bytes]:
    """Return the hashes of the most telling words, their rarities and their kinds."""
    stems, _, zones, counts, rare = distinct
    counts = np.minimum(counts, COUNT)
    scores = _COUNT_WEIGHTS[counts] * rare
    scores *= _ZONE_WEIGHTS[zones]
    best = np.sort((_MOST_SCORE - scores << _WORD_BITS) | np.arange(len(scores)))[:TERMS] & _WORD
    kinds = _ZONE_KINDS[zones[best]] + counts[best].astype(np.uint8)
    return stems[best].astype("<u4").tobytes(), rare[best].tobytes(), kinds.tobytes()


_KEYS: dict[str, tuple[bytes, bytes]] = {}
_BYTE = [bytes([code]) for code in range(256)]


def _entity_term(entity: Entity, headline_length: int) -> tuple[bytes, bytes, bytes]:
    name = entity.ids.get("wikidata") or entity.id
    key, rarity = _KEYS.get(name) or _entity_key(name)
    kind = ENTITY + round(COUNT * entity.salience**0.5)
    mentions = entity.mentions
    if mentions and mentions[0].start < headline_length:
        kind += HEADLINE
    return key, rarity, _BYTE[kind]


def _entity_key(name: str) -> tuple[bytes, bytes]:
    if len(_KEYS) >= _MOST_KEYS:
        _KEYS.clear()
    key = np.array([hash_term(b"\0" + name.encode("utf-8", "surrogatepass"))], dtype="<u4")
    rarity = max(1, int(rarities_of(key)[0]))
    known = _KEYS[name] = key.tobytes(), _BYTE[rarity]
    return known
