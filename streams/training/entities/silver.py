"""Silver labels: what the teacher says about news that nobody has marked."""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from streams.enrich.entities.taggers.accurate import Run, WindowedScores, together
from streams.enrich.entities.taggers.bioes import softmax
from streams.enrich.entities.taggers.compact import CompactTagger
from streams.enrich.entities.taggers.form_voting import agreed
from streams.enrich.entities.taggers.tokens import tokenise
from streams.enrich.entities.taggers.wordpieces import WordPieces
from streams.training.entities.gold import shingles
from streams.training.entities.teacher import Silver, recased

log = logging.getLogger(__name__)

SHARD = 200
"""Articles in a file of silver labels: what an interrupted run has to do again at most."""

LONGEST = 10_000
"""Characters read of an article: nearly all are read whole."""

LARGE_WEIGHT = 2.0
"""Weight of the larger teacher's probabilities beside those of the others."""


def news_texts(data: Path, count: int, seed: int, held_out: frozenset[int] = frozenset()) -> Iterator[str]:
    """COUNT articles of DATA's news, drawn by SEED, headline first, less those that are HELD_OUT."""
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
    run: Run,
    word_pieces: WordPieces,
    folder: Path,
    *,
    seed: int,
    compact: CompactTagger | None = None,
    large: Run | None = None,
) -> None:
    """Write to FOLDER what the teacher, RUN on WORD_PIECES, says about TEXTS; shards that are there are kept.

    COMPACT is heard too, and the places of a word agree on its type, as in the accurate tagger. LARGE, which
    reads WORD_PIECES too, has twice the weight of both. A share of the lines is put in lower case, capitals
    or Title Case before they read them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    scores = WindowedScores(word_pieces, run)
    large_scores = WindowedScores(word_pieces, large) if large else None
    for number, start in enumerate(range(0, len(texts), SHARD)):
        target = folder / f"silver-{number:03}.npz"
        if target.exists():
            continue
        rng = np.random.default_rng((seed, number))
        forms = [recased(tokenise(text).forms, rng) for text in texts[start : start + SHARD]]
        probabilities = []
        wide = large_scores(forms) if large_scores else [None] * len(forms)
        for own, logits, wide_logits in zip(forms, scores(forms), wide, strict=True):
            heard = together(logits, compact.scores(own)) if compact else logits
            if wide_logits is not None:
                heard = together(heard, wide_logits, LARGE_WEIGHT)
            probabilities.append(softmax(agreed(own, heard)).astype(np.float16))
        part = target.with_suffix(".part.npz")
        np.savez(
            part,
            forms=np.frombuffer("\x00".join("\x01".join(each) for each in forms).encode(), np.uint8),
            probabilities=np.concatenate(probabilities),
        )
        part.replace(target)
        log.info("silver %s: %d articles, %d tokens", target.name, len(forms), sum(map(len, forms)))


def read_silver(folder: Path) -> list[Silver]:
    """The silver texts in FOLDER."""
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
