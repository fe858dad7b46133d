"""The teaser model: `python -m streams.training.teasers DATA` writes streams/enrich/cleanup/teasers.json.

DATA holds news/abp_news.jsonl.gz: articles with publisher, topic, title and text. Background frequencies are
the share of its articles that have a stem. The regression is fitted on each article's own title, as what
belongs to it, and on titles of articles on other subjects, as teasers. The two thresholds are those that 0.7
% and 2 % of own titles pass, at publishers that a first fit did not see; articles of the New York Times are
left out, because their texts here are excerpts that begin in the middle and often do not hold what the title
is about.

Numbers of words leave the data, and nothing else: no title or text is shipped.
"""

from __future__ import annotations

import gzip
import json
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.enrich.cleanup.teasers import FEATURES, TeaserJudge, TeaserModel, stem
from streams.enrich.cleanup.words import fold, words

MODEL = Path(__file__).parent.parent / "enrich" / "cleanup" / "teasers.json"

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
_RAREST = 8  # documents: rarer stems count as unseen
_SHORTEST = 150  # words: shorter texts are announcements
_TEASERS = 3  # for each article
_OWN_COUNTS = 6  # times

Article = dict[str, Any]
Matrix = NDArray[np.float64]


def read_articles(data: Path) -> list[Article]:
    """The news articles under DATA that have a title, a topic and a text long enough, without excerpts."""
    with gzip.open(data / "news" / "abp_news.jsonl.gz", "rt", encoding="utf-8") as lines:
        articles = [json.loads(line) for line in lines]
    return [
        article
        for article in articles
        if article["topic"]
        and len(article["text"].split()) >= _SHORTEST
        and len(words(article["title"])) >= 4
        and not article["publisher"].startswith("New York Times")
    ]


def other_subject(first: Article, second: Article) -> bool:
    """Whether two articles are on different subjects, as their topics tell."""
    a, b = first["topic"], second["topic"]
    return bool(a != b and not (a in ONE_SUBJECT and b in ONE_SUBJECT))


def own_and_teasers(
    articles: Sequence[Article], seed: int, model: TeaserModel
) -> Iterator[tuple[TeaserJudge, str, list[str]]]:
    """For each article: a judge of its body, its own title, and titles from other subjects among ARTICLES."""
    rng = random.Random(seed)  # noqa: S311
    for article in articles:
        body = [
            line
            for line in article["text"].split("\n")
            if line.strip() and fold(line) != fold(article["title"])
        ]
        teasers: list[str] = []
        while len(teasers) < _TEASERS:
            other = rng.choice(articles)
            if other_subject(article, other):
                teasers.append(other["title"])
        yield TeaserJudge([words(line) for line in body], model), article["title"], teasers


def count_documents(articles: Iterable[Article]) -> dict[str, int]:
    """How many of ARTICLES have each stem; rare ones are left out."""
    frequencies: Counter[str] = Counter()
    for article in articles:
        frequencies.update({stem(word) for word in words(article["text"])})
    return {stem: count for stem, count in sorted(frequencies.items()) if count >= _RAREST}


def fit(features: Matrix, teaser: Matrix, ridge: float = 3.0) -> tuple[Matrix, float]:
    """Weights and bias of a logistic regression with an L2 penalty, by Newton's method.

    Own titles count several times: what matters is how few of them score high.
    """
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


def blank_model(articles: Sequence[Article]) -> TeaserModel:
    """A model that knows how common words are in ARTICLES, and no weights."""
    return TeaserModel(len(articles), count_documents(articles), (0.0,) * len(FEATURES), 0.0, 0.0, 0.0)


def examples(articles: Sequence[Article], model: TeaserModel) -> tuple[Matrix, Matrix]:
    """Features of own titles and teasers, a row each; and 1 for each that is a teaser."""
    rows: list[tuple[float, ...]] = []
    teaser: list[float] = []
    for judge, own, others in own_and_teasers(articles, seed=1, model=model):
        for line, label in [(own, 0.0), *((other, 1.0) for other in others)]:
            if (features := judge.features(line)) is not None:
                rows.append(features)
                teaser.append(label)
    return np.array(rows), np.array(teaser)


def split_publishers(articles: Sequence[Article]) -> tuple[list[Article], list[Article]]:
    """ARTICLES of one half of the publishers and of the other half."""
    publishers = sorted({article["publisher"] for article in articles})
    random.Random(2).shuffle(publishers)  # noqa: S311
    half = set(publishers[::2])
    return [a for a in articles if a["publisher"] in half], [
        a for a in articles if a["publisher"] not in half
    ]


def main(data: Path) -> None:
    """Fit the model on DATA and write it into the package."""
    articles = read_articles(data)
    blank = blank_model(articles)
    halves = [examples(half, blank) for half in split_publishers(articles)]
    own: list[Matrix] = []
    for (x, y), (unseen, label) in (halves, halves[::-1]):
        weights, bias = fit(x, y)
        scores = unseen @ weights + bias
        own.append(scores[label == 0])
        found = (scores[label == 1] >= np.quantile(own[-1], 1 - FALSE_ALARMS)).mean()
        sys.stderr.write(f"unseen publishers: {found:.1%} of teasers at {FALSE_ALARMS:.1%} false alarms\n")
    weights, bias = fit(np.vstack([x for x, _ in halves]), np.hstack([y for _, y in halves]))
    scores = np.hstack(own)
    stored = {
        "documents": blank.documents,
        "bias": round(bias, 4),
        "weights": dict(zip(FEATURES, np.round(weights, 4).tolist(), strict=True)),
        "certain": round(float(np.quantile(scores, 1 - FALSE_ALARMS)), 3),
        "doubtful": round(float(np.quantile(scores, 1 - DOUBTS)), 3),
        "frequencies": blank.frequencies,
    }
    MODEL.write_text(json.dumps(stored, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
