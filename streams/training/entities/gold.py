"""Gold text: documents whose names people have marked, less those that stand in the development files."""

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
"""Files under entities/train, and whether their annotators marked MISC too."""

DEVELOPMENT = ("worldwide_dev", "uner_ewt_test", "gum_news")
"""Files under entities that are measured on, and never trained on."""

SHINGLE = 12
"""Words in a row that two texts must share to count as copied from one another."""


@dataclass(frozen=True)
class Gold:
    """A document as tokens and tags; where `has_misc` is false, what is tagged O may be MISC."""

    source: str
    text: str
    tokens: Tokens
    tags: NDArray[np.int64]
    has_misc: bool


def read_gold(path: Path, *, has_misc: bool = True) -> Iterator[Gold]:
    """The documents of a JSON Lines file of `{text, entities: [{start, end, label}]}`.

    Labels other than PER, ORG, LOC and MISC are left out; spans that end inside a token are widened to it.
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
    """All gold documents to train on under DATA, less those that share text with a development file."""
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
    """Every run of SHINGLE words in the development files under DATA."""
    held_out: set[int] = set()
    for name in DEVELOPMENT:
        for document in read_gold(data / "entities" / f"{name}.jsonl"):
            held_out.update(shingles(document.text))
    return frozenset(held_out)


def shingles(text: str) -> Iterable[int]:
    """Every run of SHINGLE words in TEXT, as a number that is its own within this process."""
    words = text.lower().split()
    return (hash(tuple(words[at : at + SHINGLE])) for at in range(len(words) - SHINGLE + 1))
