"""Short passages of the data folder's articles, which nobody labelled: only teachers decide on them.

They teach what a few sentences say by themselves. Whole articles show that many words together speak for a
label, but not which ones.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from streams.enrich.labels.gold import LabelledArticle
from streams.training.labels.decisions import Decision
from streams.training.labels.texts import (
    LEAST_CHARACTERS,
    NEWS,
    TRAIN_NEWS_CHARACTERS,
    TRAIN_WORLD,
    Texts,
    labelled_text,
    origin,
)

PASSAGE_CHARACTERS = 550
"""About as much as one chunk of the encoder holds."""

NEWS_SHARE = 3
"""One US article in so many is cut: there are many more of them than of world news."""

LEAD_CHARACTERS = 400
"""A headline and two or three sentences."""


def unlabelled_passages(
    data: Path, held_out: Iterable[LabelledArticle], labels: Iterable[str]
) -> list[LabelledArticle]:
    """Return passages with all `labels` ambiguous, none of them from an article that was held out.

    World news is cut into passages from end to end. Of one US article in three there are the lead, and the
    first passage after what the readers saw.
    """
    texts, undecided = Texts(data), frozenset(labels)
    held = {origin(labelled.article.article_id) for labelled in held_out}
    return [
        labelled_text(Decision(id_, frozenset(), undecided), title, text)
        for id_, title, text in (*_world(texts), *_news(texts))
        if origin(id_) not in held and len(text) >= LEAST_CHARACTERS
    ]


def _world(texts: Texts) -> Iterator[tuple[str, str, str]]:
    for id_ in texts.ids(TRAIN_WORLD):
        _, text = texts.find(id_) or ("", "")
        for start, passage in cut(text):
            yield f"{id_}#{start}", "", passage


def _news(texts: Texts) -> Iterator[tuple[str, str, str]]:
    for id_ in texts.ids(NEWS):
        if zlib.crc32(id_.encode()) % NEWS_SHARE:
            continue
        title, text = texts.find(id_) or ("", "")
        yield f"{id_}#0", title, _to_a_word(text, LEAD_CHARACTERS)
        for start, passage in cut(text[TRAIN_NEWS_CHARACTERS : TRAIN_NEWS_CHARACTERS + PASSAGE_CHARACTERS]):
            yield f"{id_}#{TRAIN_NEWS_CHARACTERS + start}", "", passage


def cut(text: str) -> Iterator[tuple[int, str]]:
    """Yield the passages of a text, each with its offset; they end between words."""
    start = 0
    while start < len(text):
        passage = _to_a_word(text[start:], PASSAGE_CHARACTERS)
        yield start, passage
        start += len(passage)


def _to_a_word(text: str, characters: int) -> str:
    """Return up to `characters` of the text, up to the last space among them."""
    if len(text) <= characters:
        return text
    return text[: text.rfind(" ", 1, characters) + 1 or characters]
