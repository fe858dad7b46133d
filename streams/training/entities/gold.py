"""Read gold text: documents whose names people have marked, without those in the development files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from streams.enrich.entities.taggers.bioes import TYPES, TokenSpan, encode
from streams.enrich.entities.taggers.tokens import Tokens, tokenise

TRAINING = {
    "worldwide_train": True,
    "wikigold": True,
    "btc_all": False,
    "uner_ewt_dev": False,
}
"""Files under entities/train; True if their annotators marked MISC too."""

DEVELOPMENT = ("worldwide_dev", "uner_ewt_test", "gum_news")
"""Files under entities that serve for measuring, and never for training."""

SHINGLE = 12
"""Consecutive words that two texts must share to count as copies of each other."""


@dataclass(frozen=True)
class Gold:
    """A document as tokens and tags; if `has_misc` is False, a token with the tag O may be MISC."""

    source: str
    text: str
    tokens: Tokens
    tags: NDArray[np.int64]
    has_misc: bool


def read_gold(path: Path, *, has_misc: bool = True) -> Iterator[Gold]:
    """Yield the documents of a JSON Lines file of `{text, entities: [{start, end, label}]}`.

    Leave out labels other than PER, ORG, LOC and MISC. Extend a span that ends inside a token to the token.
    """
    index = {str(type_): at for at, type_ in enumerate(TYPES)}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            document = json.loads(line)
            tokens = tokenise(document["text"])
            spans = []
            taken = -1
            for entity in sorted(document["entities"], key=lambda e: (e["start"], -e["end"])):
                first = int(np.searchsorted(tokens.ends, entity["start"], "right"))
                last = int(np.searchsorted(tokens.starts, entity["end"], "left")) - 1
                if entity["label"] in index and taken < first <= last:
                    spans.append(TokenSpan(first, last, index[entity["label"]]))
                    taken = last
            yield Gold(path.stem, document["text"], tokens, encode(spans, len(tokens.forms)), has_misc)


def training_documents(data: Path) -> list[Gold]:
    """Return the gold documents under `data`, without those that share text with a development file."""
    folder = data / "entities"
    held_out = development_shingles(data)
    documents = []
    for name, has_misc in TRAINING.items():
        for document in read_gold(folder / "train" / f"{name}.jsonl", has_misc=has_misc):
            own = set(shingles(document.text))
            if len(own & held_out) <= 0.02 * len(own):
                documents.append(document)
    return documents


def development_shingles(data: Path) -> frozenset[int]:
    """Return the shingles of the development files under `data`."""
    held_out: set[int] = set()
    for name in DEVELOPMENT:
        for document in read_gold(data / "entities" / f"{name}.jsonl"):
            held_out.update(shingles(document.text))
    return frozenset(held_out)


def shingles(text: str) -> Iterable[int]:
    """Return the hash of every run of `SHINGLE` words in `text`; it is valid within this process only."""
    words = text.lower().split()
    return (hash(tuple(words[at : at + SHINGLE])) for at in range(len(words) - SHINGLE + 1))
