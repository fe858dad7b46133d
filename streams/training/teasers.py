"""The teaser model: `python -m streams.training.teasers DATA` writes teasers.json and teasers.npz of
streams/enrich/cleanup.

DATA holds news/abp_news.jsonl.gz: articles with publisher, topic, title and text. Background frequencies are
the share of its articles that have a stem; the other articles that a line is compared with are 500 of them.
The regression is fitted on each article's own title and highlights, as what belongs to it, and on titles of
articles on other subjects, as teasers. The thresholds are those that 0.7 % and 2 % of own titles pass, and
that 99.9 % of teasers pass by their wording, at publishers that a first fit did not see; articles of the New
York Times are left out, because their texts here are excerpts that begin in the middle and often do not hold
what the title is about.

Numbers of words and sums of their vectors leave the data, and nothing else: no title or text is shipped.
"""

from __future__ import annotations

import gzip
import json
import math
import random
import re
import sys
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

ONE_SUBJECT = frozenset(  # American party politics: these topics share their people and most of their words
    [
        *("elections", "politics", "white_house", "us_senate", "us_house", "us_congress", "republican_party"),
        *("democratic_party", "media_bias", "polarization", "impeachment", "general_news", "justice", "fbi"),
        *("justice_department", "state_department", "russia", "us_constitution", "facts_and_fact_checking"),
        *("role_of_government", "national_security", "campaign_finance", "bridging_divides", "tea_party"),
        *("nsa", "race_and_racism", "culture", "media_industry", "campaign_rhetoric"),
    ]
)
FALSE_ALARMS, DOUBTS = 0.007, 0.02  # shares of own titles that may be removed, or doubted
_UNREAD = 0.001  # share of teasers that may be taken for own by their wording alone
_ARTICLES = 500  # that a line is compared with
_FLATTEN = 0.25  # power of the variance: with .5, where all directions count the same, a little less is found
_RAREST = 8  # documents: rarer stems count as unseen
_SHORTEST = 150  # words: shorter texts are announcements
_TEASERS = 3  # for each article
_OWN_COUNTS = 6  # times
_HIGHLIGHTS = re.compile(r"story highlights:?\s*", re.IGNORECASE)
_TOP, _MOST_HIGHLIGHTS = 4, 8  # lines

Article = dict[str, Any]
Matrix = NDArray[np.float64]
Kinds = NDArray[np.int64]


class Kind(IntEnum):
    """What a line above a body is to it."""

    TITLE = 0
    TEASER = 1
    HIGHLIGHT = 2


def read_articles(data: Path) -> list[Article]:
    """The news articles under DATA that have a title, a topic and a text long enough, without excerpts.

    Title and text are repaired, as the cleaner repairs lines before they are judged.
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
    """Whether two articles are on different subjects, as their topics tell."""
    a, b = first["topic"], second["topic"]
    return bool(a != b and not (a in ONE_SUBJECT and b in ONE_SUBJECT))


def own_and_teasers(
    articles: Sequence[Article], seed: int, model: TeaserModel
) -> Iterator[tuple[TeaserJudge, Kind, str]]:
    """For each article its own title, titles from other subjects among ARTICLES and its own highlights, with
    a judge of the text below them."""
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
        highlights, body = part_highlights(lines)
        judge = TeaserJudge([words(line) for line in body], model)
        for highlight in highlights:
            yield judge, Kind.HIGHLIGHT, highlight


def part_highlights(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """The highlights that are said to be such at the top of LINES, and the lines below them."""
    for start, line in enumerate(lines[:_TOP]):
        if label := _HIGHLIGHTS.match(line):
            first = [line[label.end() :]] if line[label.end() :] else []
            rest = list(takewhile(lambda line: not ends_sentence(line), lines[start + 1 :]))
            if len(first + rest) <= _MOST_HIGHLIGHTS:
                return first + rest, list(lines[start + 1 + len(rest) :])
    return [], list(lines)


def count_documents(articles: Iterable[Article]) -> dict[str, int]:
    """How many of ARTICLES have each stem; rare ones are left out."""
    frequencies: Counter[str] = Counter()
    for article in articles:
        frequencies.update({stem(word) for word in words(article["text"])})
    return {stem: count for stem, count in sorted(frequencies.items()) if count >= _RAREST}


def fit(features: Matrix, kinds: Kinds, ridge: float = 3.0) -> tuple[Matrix, float]:
    """Weights and bias of a logistic regression with an L2 penalty, by Newton's method.

    Own lines count several times: what matters is how few of them score high.
    """
    teaser = (kinds == Kind.TEASER).astype(float)
    mean, scale = features.mean(0), features.std(0) + 1e-9
    x = np.hstack([(features - mean) / scale, np.ones((len(features), 1))])
    counts = np.where(teaser == 0, _OWN_COUNTS, 1.0)
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
    """Centre and scale of the paragraphs of ARTICLES, and where some of them lie, as they are stored."""
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
    """A model that knows how common words are in ARTICLES and where they lie, and no weights."""
    centre, scale, bodies = place_others(articles)
    others = Others(centre, scale, of_unit_length(bodies.astype(np.float32)))
    none = (0.0,) * (len(WORDING) + len(MEANING))
    return TeaserModel(len(articles), count_documents(articles), others, none, 0.0, -math.inf, 0.0, 0.0)


def examples(articles: Sequence[Article], model: TeaserModel) -> tuple[Matrix, Kinds]:
    """Features of own lines and teasers, a row each; and what each line is."""
    rows: list[tuple[float, ...]] = []
    kinds: list[Kind] = []
    for judge, kind, line in own_and_teasers(articles, seed=1, model=model):
        if (wording := judge.wording(line)) is not None:
            rows.append((*wording, *judge.meaning(line)))
            kinds.append(kind)
    return np.array(rows), np.array(kinds)


def split_publishers(articles: Sequence[Article]) -> tuple[list[Article], list[Article]]:
    """ARTICLES of one half of the publishers and of the other half."""
    publishers = sorted({article["publisher"] for article in articles})
    random.Random(2).shuffle(publishers)  # noqa: S311
    half = set(publishers[::2])
    return [a for a in articles if a["publisher"] in half], [
        a for a in articles if a["publisher"] not in half
    ]


def cross_fit(articles: Sequence[Article]) -> Iterator[tuple[Kinds, Matrix]]:
    """For each half of the publishers: what its lines are, and their scores by a model that was made from the
    articles of the other half alone. The scores are two columns: by wording and in all."""
    halves = split_publishers(articles)
    for seen, unseen in (halves, halves[::-1]):
        blank = blank_model(seen)
        weights, bias = fit(*examples(seen, blank))
        features, kinds = examples(unseen, blank)
        by_wording = features[:, : len(WORDING)] @ weights[: len(WORDING)] + bias
        yield kinds, np.column_stack([by_wording, features @ weights + bias])


def main(data: Path) -> None:
    """Fit the model on DATA and write it into the package."""
    articles = read_articles(data)
    folds = list(cross_fit(articles))
    for kinds, scores in folds:
        highest = np.quantile(scores[kinds == Kind.TITLE, 1], 1 - FALSE_ALARMS)
        found = (scores[kinds == Kind.TEASER, 1] >= highest).mean()
        sys.stderr.write(f"unseen publishers: {found:.1%} of teasers at {FALSE_ALARMS:.1%} false alarms\n")
    kinds, scores = np.hstack([fold[0] for fold in folds]), np.vstack([fold[1] for fold in folds])
    titles = scores[kinds == Kind.TITLE, 1]
    blank = blank_model(articles)
    weights, bias = fit(*examples(articles, blank))
    stored = {
        "documents": blank.documents,
        "bias": round(bias, 4),
        "weights": dict(zip((*WORDING, *MEANING), np.round(weights, 4).tolist(), strict=True)),
        "certain": round(float(np.quantile(titles, 1 - FALSE_ALARMS)), 3),
        "doubtful": round(float(np.quantile(titles, 1 - DOUBTS)), 3),
        "plain": round(float(np.quantile(scores[kinds == Kind.TEASER, 0], _UNREAD)), 3),
        "frequencies": blank.frequencies,
    }
    MODEL.write_text(json.dumps(stored, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    centre, scale, bodies = place_others(articles)
    with OTHERS.open("wb") as file:
        np.savez_compressed(file, centre=centre, scale=scale, articles=bodies)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
