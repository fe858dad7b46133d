"""Fit the teaser model: `python -m streams.training.teasers DATA` writes teasers.json and teasers.npz.

DATA holds news/abp_news.jsonl.gz: articles with publisher, topic, title and text. The regression is fitted
on each article's own title and highlights, which belong to it, and on titles of articles on other subjects,
which are teasers. The thresholds come from publishers that a first fit did not see. The files hold only
counts of words and sums of their vectors, so no title or text is shipped.
"""

from __future__ import annotations

import gzip
import json
import math
import random
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.enrich.cleanup.encoding import repair
from streams.enrich.cleanup.stems import stem
from streams.enrich.cleanup.teaser_model import (
    MEANING,
    WORDING,
    Directions,
    Others,
    TeaserModel,
    of_unit_length,
)
from streams.enrich.cleanup.teasers import TeaserJudge
from streams.enrich.cleanup.words import comparison_key, ends_sentence, words
from streams.enrich.embedding import load_embedding

FOLDER = Path(__file__).parent.parent / "enrich" / "cleanup"
MODEL, OTHERS = FOLDER / "teasers.json", FOLDER / "teasers.npz"

ONE_SUBJECT = frozenset(
    tomllib.loads(Path(__file__).with_name("teasers.toml").read_text(encoding="utf-8"))["one_subject"]
)
FALSE_ALARMS, DOUBTS = 0.007, 0.02  # shares of own titles that may be removed, or marked as doubtful
_MISSED_BY_WORDING = 0.001  # share of teasers that may pass as own lines by their wording alone
_ARTICLES = 500  # articles that a line is compared with
_FLATTEN = 0.25  # power of the variance; at .5, where all directions count the same, it finds slightly less
_RAREST = 8  # documents; a stem in fewer documents counts as unseen
_SHORTEST = 150  # words; shorter texts are announcements
_TEASERS = 3  # drawn for each article
_OWN_WEIGHT = 6  # of an own line, where a teaser has 1
_HIGHLIGHTS = re.compile(r"story highlights:?\s*", re.IGNORECASE)
_TOP_LINES, _MAX_HIGHLIGHTS = 4, 8

Article = dict[str, Any]
Matrix = NDArray[np.float64]
Kinds = NDArray[np.int64]


class Kind(IntEnum):
    """The relation of a line to the body below it."""

    TITLE = 0
    TEASER = 1
    HIGHLIGHT = 2


def read_articles(data: Path) -> list[Article]:
    """Return the news articles under `data` that have a title, a topic and a text of enough words.

    Repair title and text, as the cleaner repairs lines before it judges them. Leave out the New York Times:
    its texts here are excerpts that begin in the middle and often lack the subject of the title.
    """
    with gzip.open(data / "news" / "abp_news.jsonl.gz", "rt", encoding="utf-8") as lines:
        articles = [json.loads(line) for line in lines]
    for article in articles:
        article["title"] = repair(" ".join(article["title"].split()))
        article["text"] = "\n".join(map(repair, article["text"].split("\n")))
    return [
        article
        for article in articles
        if article["topic"]
        and len(article["text"].split()) >= _SHORTEST
        and len(words(article["title"])) >= 4
        and "://" not in article["title"]
        and not article["publisher"].startswith("New York Times")
    ]


def other_subject(first: Article, second: Article) -> bool:
    """Return True if the topics of two articles are different subjects."""
    topics = {first["topic"], second["topic"]}
    return len(topics) == 2 and not topics <= ONE_SUBJECT


def own_and_teasers(
    articles: Sequence[Article], seed: int, model: TeaserModel
) -> Iterator[tuple[TeaserJudge, Kind, str]]:
    """Yield lines of each article, the kind of each line, and a judge of the text below it.

    The lines are the article's title, titles of `articles` on other subjects, and the article's highlights.
    """
    rng = random.Random(seed)  # noqa: S311
    for article in articles:
        lines = [line for line in article["text"].split("\n") if line.strip()]
        title = comparison_key(article["title"])
        judge = TeaserJudge([words(line) for line in lines if comparison_key(line) != title], model)
        yield judge, Kind.TITLE, article["title"]
        count = 0
        while count < _TEASERS:
            other = rng.choice(articles)
            if other_subject(article, other):
                yield judge, Kind.TEASER, other["title"]
                count += 1
        highlights, body = split_highlights(lines)
        judge = TeaserJudge([words(line) for line in body], model)
        for highlight in highlights:
            yield judge, Kind.HIGHLIGHT, highlight


def split_highlights(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the highlights that are labelled so at the top of `lines`, and the lines below them."""
    for start, line in enumerate(lines[:_TOP_LINES]):
        if label := _HIGHLIGHTS.match(line):
            first = [line[label.end() :]] if line[label.end() :] else []
            rest = list(takewhile(lambda line: not ends_sentence(line), lines[start + 1 :]))
            if len(first + rest) <= _MAX_HIGHLIGHTS:
                return first + rest, list(lines[start + 1 + len(rest) :])
    return [], list(lines)


def count_documents(articles: Iterable[Article]) -> dict[str, int]:
    """Return the number of `articles` that have each stem; leave out rare stems."""
    frequencies: Counter[str] = Counter()
    for article in articles:
        frequencies.update({stem(word) for word in words(article["text"])})
    return {stem: count for stem, count in sorted(frequencies.items()) if count >= _RAREST}


def fit(features: Matrix, kinds: Kinds, ridge: float = 3.0) -> tuple[Matrix, float]:
    """Return the weights and the bias of a logistic regression with an L2 penalty, by Newton's method.

    `features` has a row for each line. Own lines weigh more, because few of them may score high.
    """
    teaser = (kinds == Kind.TEASER).astype(float)
    mean, scale = features.mean(0), features.std(0) + 1e-9
    x = np.hstack([(features - mean) / scale, np.ones((len(features), 1))])
    counts = np.where(teaser == 0, _OWN_WEIGHT, 1.0)
    penalty = np.diag([*([ridge] * features.shape[1]), 0.0])
    beta = np.zeros(x.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        step = np.linalg.solve(
            (x.T * (counts * p * (1 - p))) @ x + penalty, x.T @ (counts * (teaser - p)) - penalty @ beta
        )
        beta += step
        if np.abs(step).max() < 1e-6:
            break
    weights = beta[:-1] / scale
    return weights, float(beta[-1] - weights @ mean)


def place_others(articles: Sequence[Article]) -> tuple[Directions, Directions, NDArray[np.int8]]:
    """Return the centre and the scale of the paragraphs of `articles`, and the places of some articles.

    All three are rounded as they are stored.
    """
    texts = [[words(line) for line in article["text"].split("\n")] for article in articles]
    sums = [load_embedding().sums(text) for text in texts]
    paragraphs = of_unit_length(np.vstack(sums).astype(np.float32))
    paragraphs = paragraphs[paragraphs.any(axis=1)]
    centre, scale = paragraphs.mean(axis=0), paragraphs.var(axis=0) ** -_FLATTEN
    chosen = sorted(random.Random(3).sample(range(len(articles)), _ARTICLES))  # noqa: S311
    bodies = np.vstack([sums[index].sum(axis=0, keepdims=True) for index in chosen])
    places = Others(centre, scale, bodies).place(bodies)
    whole = np.rint(places / np.abs(places).max() * 127).astype(np.int8)
    return centre.astype(np.float32).round(6), scale.astype(np.float32).round(4), whole


def blank_model(articles: Sequence[Article]) -> TeaserModel:
    """Return a model without weights, with the word frequencies and the places of `articles`."""
    centre, scale, bodies = place_others(articles)
    others = Others(centre, scale, of_unit_length(bodies.astype(np.float32)))
    none = (0.0,) * (len(WORDING) + len(MEANING))
    return TeaserModel(len(articles), count_documents(articles), others, none, 0.0, -math.inf, 0.0, 0.0)


def examples(articles: Sequence[Article], model: TeaserModel) -> tuple[Matrix, Kinds]:
    """Return the features of own lines and teasers, one row each, and the kind of each line."""
    rows: list[tuple[float, ...]] = []
    kinds: list[Kind] = []
    for judge, kind, line in own_and_teasers(articles, seed=1, model=model):
        if (wording := judge.wording(line)) is not None:
            rows.append((*wording, *judge.meaning(line)))
            kinds.append(kind)
    return np.array(rows), np.array(kinds)


def split_publishers(articles: Sequence[Article]) -> tuple[list[Article], list[Article]]:
    """Return the articles of one half of the publishers, and those of the other half."""
    publishers = sorted({article["publisher"] for article in articles})
    random.Random(2).shuffle(publishers)  # noqa: S311
    half = set(publishers[::2])
    return [a for a in articles if a["publisher"] in half], [
        a for a in articles if a["publisher"] not in half
    ]


def cross_fit(articles: Sequence[Article]) -> Iterator[tuple[Kinds, Matrix]]:
    """Yield the kinds and the scores of the lines of each half of the publishers.

    The model behind the scores saw only the other half. The scores have two columns: by wording alone, and
    in all.
    """
    halves = split_publishers(articles)
    for seen, unseen in (halves, halves[::-1]):
        blank = blank_model(seen)
        weights, bias = fit(*examples(seen, blank))
        features, kinds = examples(unseen, blank)
        by_wording = features[:, : len(WORDING)] @ weights[: len(WORDING)] + bias
        yield kinds, np.column_stack([by_wording, features @ weights + bias])


def main(data: Path) -> None:
    """Fit the model on `data` and write it into the package."""
    articles = read_articles(data)
    folds = list(cross_fit(articles))
    _report(folds)
    blank = blank_model(articles)
    weights, bias = fit(*examples(articles, blank))
    stored = {
        "documents": blank.documents,
        "bias": round(bias, 4),
        "weights": dict(zip((*WORDING, *MEANING), np.round(weights, 4).tolist(), strict=True)),
        **_thresholds(folds),
        "frequencies": blank.frequencies,
    }
    MODEL.write_text(json.dumps(stored, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    centre, scale, bodies = place_others(articles)
    with OTHERS.open("wb") as file:
        np.savez_compressed(file, centre=centre, scale=scale, articles=bodies)


def _report(folds: Sequence[tuple[Kinds, Matrix]]) -> None:
    for kinds, scores in folds:
        highest = np.quantile(scores[kinds == Kind.TITLE, 1], 1 - FALSE_ALARMS)
        found = (scores[kinds == Kind.TEASER, 1] >= highest).mean()
        sys.stderr.write(f"unseen publishers: {found:.1%} of teasers at {FALSE_ALARMS:.1%} false alarms\n")


def _thresholds(folds: Sequence[tuple[Kinds, Matrix]]) -> dict[str, float]:
    """Return the scores from which a line is certain to be a teaser, is doubtful, or must be read at all."""
    kinds, scores = np.hstack([fold[0] for fold in folds]), np.vstack([fold[1] for fold in folds])
    titles = scores[kinds == Kind.TITLE, 1]
    return {
        "certain": round(float(np.quantile(titles, 1 - FALSE_ALARMS)), 3),
        "doubtful": round(float(np.quantile(titles, 1 - DOUBTS)), 3),
        "plain": round(float(np.quantile(scores[kinds == Kind.TEASER, 0], _MISSED_BY_WORDING)), 3),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
