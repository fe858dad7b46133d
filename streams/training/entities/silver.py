"""Silver labels: the teacher's probabilities for news whose names nobody has marked."""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from streams.enrich.entities.taggers.accurate import RunModel, WindowedScores, combine
from streams.enrich.entities.taggers.bioes import softmax
from streams.enrich.entities.taggers.compact import CompactTagger
from streams.enrich.entities.taggers.form_voting import vote_on_types
from streams.enrich.entities.taggers.tokens import tokenise
from streams.enrich.entities.taggers.wordpieces import WordPieces
from streams.training.entities.gold import shingles
from streams.training.entities.texts import Silver, change_case

log = logging.getLogger(__name__)

SHARD = 200
"""Articles in a file of silver labels; an interrupted run repeats at most this many."""

LONGEST = 10_000
"""Characters that are read of an article; nearly every article is shorter."""

LARGE_WEIGHT = 2.0
"""Weight of the larger teacher's probabilities beside those of the others."""


def news_texts(data: Path, count: int, seed: int, held_out: frozenset[int] = frozenset()) -> Iterator[str]:
    """Yield the texts of `count` news articles under `data`, drawn by `seed`, each with its headline first.

    Leave out articles that share a shingle with `held_out`.
    """
    with gzip.open(data / "news" / "abp_news.jsonl.gz", "rt", encoding="utf-8") as lines:
        articles = [json.loads(line) for line in lines]
    for at in np.random.default_rng(seed).permutation(len(articles)).tolist():
        if not count:
            return
        article = articles[at]
        text = f"{article['title']}\n\n{article['text'][:LONGEST]}"
        if held_out.isdisjoint(shingles(text)):
            count -= 1
            yield text


def label(
    texts: Sequence[str],
    run: RunModel,
    word_pieces: WordPieces,
    folder: Path,
    *,
    seed: int,
    compact: CompactTagger | None = None,
    large: RunModel | None = None,
) -> None:
    """Write the silver labels of `texts` to `folder`; keep the files that are there.

    `run` is the teacher as a function of windows of `word_pieces`, and `large` a larger one. The scores of
    `compact` are combined with the teacher's, and the occurrences of a form vote on its type, as in the
    accurate tagger. `large` has twice the weight of both. A share of the lines is changed to lower case,
    capitals or Title Case before the models read them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    scores = WindowedScores(word_pieces, run)
    large_scores = WindowedScores(word_pieces, large) if large else None
    for number, start in enumerate(range(0, len(texts), SHARD)):
        target = folder / f"silver-{number:03}.npz"
        if target.exists():
            continue
        rng = np.random.default_rng((seed, number))
        forms = [change_case(tokenise(text).forms, rng) for text in texts[start : start + SHARD]]
        probabilities = [
            softmax(vote_on_types(own, combined)).astype(np.float16)
            for own, combined in zip(
                forms, _combined_scores(forms, scores, compact, large_scores), strict=True
            )
        ]
        part = target.with_suffix(".part.npz")
        np.savez(
            part,
            forms=np.frombuffer("\x00".join("\x01".join(text) for text in forms).encode(), np.uint8),
            probabilities=np.concatenate(probabilities),
        )
        part.replace(target)
        log.info("silver %s: %d articles, %d tokens", target.name, len(forms), sum(map(len, forms)))


def _combined_scores(
    forms: Sequence[Sequence[str]],
    scores: WindowedScores,
    compact: CompactTagger | None,
    large_scores: WindowedScores | None,
) -> Iterator[NDArray[np.float32]]:
    """Yield the scores of each text: the teacher's, combined with those of the other models."""
    larger = large_scores(forms) if large_scores else [None] * len(forms)
    for own, logits, large_logits in zip(forms, scores(forms), larger, strict=True):
        combined = combine(logits, compact.scores(own)) if compact else logits
        if large_logits is not None:
            combined = combine(combined, large_logits, LARGE_WEIGHT)
        yield combined


def read_silver(folder: Path) -> list[Silver]:
    """Return the silver texts in `folder`, in the order of the files."""
    texts = []
    for path in sorted(folder.glob("silver-???.npz")):
        with np.load(path) as shard:
            probabilities = shard["probabilities"]
            start = 0
            for joined in shard["forms"].tobytes().decode().split("\x00"):
                forms = joined.split("\x01")
                texts.append(Silver(forms, probabilities[start : start + len(forms)]))
                start += len(forms)
    return texts
