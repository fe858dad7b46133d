"""The quality and the speed of labels: python -m tests.benchmarks.labels DATA [--untuned] [--rounds N]

The first figures are those on text that nothing was tuned to, by the phrases alone and by both labellers;
--untuned prints them alone. Then the phrases alone are measured on US news, the source that they were written
from, and on hand-made texts: with the decisions of their files, and cross-fitted, where calibration and
threshold of each fold come from the other folds alone. A user's label with 6 phrases and 16 examples is
compared with its phrases alone and its examples alone. Speed on one core is compared with splitting and
counting words; start and memory follow. Nothing here is asserted: the figures are for readers.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from streams.enrich.embedding import load_embedding
from streams.enrich.folding import fold_characters
from streams.enrich.labels import Labeller, load_labeller
from streams.enrich.labels.calibration import average_precision, best_threshold, fit, measure
from streams.enrich.labels.gold import Judged, LabelledArticle, judge, read_labelled
from streams.enrich.labels.registry import NAMES
from streams.enrich.labels.scoring import probability
from streams.enrich.labels.similarity import Similarity
from streams.enrich.labels.taxonomy import load_taxonomy
from streams.events import TaggedArticle
from tests.benchmarks.untuned_labels import untuned

LABELS = ("climate", "diplomacy")
FOLDS = 5
CUTS = 10  # one article in a hundred decides, so a single cut into folds is chance
WORDS = 600
SUBJECTS = {
    "gun_control_and_gun_rights": "gun control=3,firearm=2,gun owner=2,gun law=3,assault weapon=2,rifle=1",
    "healthcare": "health care=2,health insurance=3,insurer=2,medicaid=2,hospital=1,patient=1",
    "immigration": "immigration=3,immigrant=2,deport~=2,asylum=2,border patrol=2,undocumented=2",
    "supreme_court": "supreme court=3,justices=2,chief justice=2,oral argument=3,court ruling=2,dissent=1",
    "education": "school=2,student=2,teacher=2,university=1,classroom=2,curriculum=2",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path, help="a folder with labels/, news/ and entities/")
    parser.add_argument(
        "--untuned", action="store_true", help="stop after the text that nothing was tuned to"
    )
    parser.add_argument("--rounds", type=int, default=3, help="rounds of the speed measurement")
    options = parser.parse_args()
    phrases = Labeller(load_taxonomy(None))
    labellers = {"phrases alone": phrases, **{name: load_labeller(name=name) for name in NAMES}}
    untuned(labellers, options.data)
    if options.untuned:
        return
    abp = read_labelled(options.data / "labels" / "abp_dev.jsonl.gz")
    hard = read_labelled(options.data / "labels" / "hard_dev.jsonl")
    quality("abp_dev, phrases alone", phrases, abp, shipped)
    quality(
        f"abp_dev, phrases alone, cross-fitted: the mean of {CUTS} cuts into {FOLDS} folds",
        phrases,
        abp,
        cross_fitted,
    )
    quality("hard_dev, phrases alone", phrases, hard, shipped)
    own_labels(options.data / "news" / "abp_news.jsonl.gz")
    speed(labellers, abp, options.rounds)
    start_and_memory()


Scored = list[tuple[float, bool, float]]  # probability, truth, threshold


def quality(
    title: str,
    labeller: Labeller,
    articles: Sequence[LabelledArticle],
    score: Callable[[list[Judged]], list[Scored]],
) -> None:
    """Print a table of measures, each the mean over the results of `score`."""
    print(f"\n{title}\n{'':12} articles positive precision recall     F1     AP    ECE false positives")
    totals = []
    for label in LABELS:
        judged = list(judge(labeller, label, articles))
        row = [sum(column) / len(column) for column in zip(*map(_measured, score(judged)), strict=True)]
        positive = sum(article.truth for article in judged)
        print(
            f"{label:12} {len(judged):8} {positive:8} {row[0]:9.3f} {row[1]:6.3f} {row[2]:6.3f} "
            f"{row[3]:6.3f} {row[4]:6.3f} {row[5]:15.1f}"
        )
        totals.append(row)
    f1, ap = (sum(row[column] for row in totals) / len(totals) for column in (2, 3))
    print(f"{'macro':12} {'':34} {f1:6.3f} {ap:6.3f}")


def _measured(scored: Scored) -> tuple[float, ...]:
    truths = [truth for _, truth, _ in scored]
    # Decided by each article's own threshold; ranked and binned by probability.
    decided = measure([float(score >= threshold) for score, _, threshold in scored], truths, 0.5)
    ranked = measure([score for score, _, _ in scored], truths, 0.5)
    wrong = sum(score >= threshold and not truth for score, truth, threshold in scored)
    return (
        decided.precision,
        decided.recall,
        decided.f1,
        ranked.average_precision,
        ranked.calibration_error,
        wrong,
    )


def shipped(judged: list[Judged]) -> list[Scored]:
    return [
        [
            (article.assessment.score, article.truth, article.assessment.definition.threshold)
            for article in judged
        ]
    ]


def cross_fitted(judged: list[Judged]) -> list[Scored]:
    """Return scores by a calibration and a threshold that never saw the article, for several cuts."""
    return [_cross_fitted(judged, random.Random(cut)) for cut in range(CUTS)]


def _cross_fitted(judged: list[Judged], chance: random.Random) -> Scored:
    order = list(range(len(judged)))
    chance.shuffle(order)
    scored: dict[int, tuple[float, bool, float]] = {}
    for first in range(FOLDS):
        held = set(order[first::FOLDS])
        rest = [judged[index] for index in order if index not in held]
        calibration = fit([article.assessment.raw for article in rest], [article.truth for article in rest])
        assert calibration is not None
        threshold = best_threshold([probability(article.assessment.raw, calibration) for article in rest])
        for index in held:
            article = judged[index]
            scored[index] = (probability(article.assessment.raw, calibration), article.truth, threshold)
    return [scored[index] for index in range(len(judged))]


def own_labels(path: Path, *, negatives: int = 1500, positives: int = 200) -> None:
    """Print the average precision of labels that a user might write, with coarse topics as gold."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        news = [json.loads(line) for line in lines]
    chance = random.Random(0)
    chance.shuffle(news)
    print(f"\nown labels, average precision\n{'':28} positive   phrases  examples  both")
    ahead = 0
    for subject, phrases in SUBJECTS.items():
        positive = [article for article in news if article["topic"] == subject]
        negative = [article for article in news if article["topic"] != subject]
        labeller, similarity = _own(subject, phrases, positive[:8], negative[:8])
        tried = [(article, True) for article in positive[8 : 8 + positives]]
        tried += [(article, False) for article in negative[8 : 8 + negatives]]
        by_phrases, by_examples, both = [], [], []
        index = labeller.labels.index("own")
        for article, _ in tried:
            tagged = _article(article)
            assessment = labeller.assess(tagged)[index]
            by_phrases.append(sum(share.weight for share in assessment.shares))
            by_examples.append(float(similarity.unbounded(fold_characters(tagged.text).split())[index]))
            both.append(assessment.raw)
        truths = [truth for _, truth in tried]
        marks = [average_precision(scores, truths) for scores in (by_phrases, by_examples, both)]
        ahead += marks[2] > max(marks[:2])
        print(f"{subject:28} {sum(truths):8}   {'  '.join(f'{mark:8.3f}' for mark in marks)}")
    print(f"both together ahead of each alone on {ahead} of {len(SUBJECTS)}")


def _own(
    subject: str, phrases: str, positive: list[dict[str, Any]], negative: list[dict[str, Any]]
) -> tuple[Labeller, Similarity]:
    weights = (phrase.split("=") for phrase in phrases.split(","))
    lines = [
        'label = "own"',
        f"description = {json.dumps(subject.replace('_', ' '))}",
        "[phrases]",
        *(f"{json.dumps(phrase)} = {weight}.0" for phrase, weight in weights),
        "[examples]",
        f"positive = {json.dumps([_article(article).text for article in positive])}",
        f"negative = {json.dumps([_article(article).text for article in negative])}",
    ]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "own.toml").write_text("\n".join(lines), encoding="utf-8")
        labeller = load_labeller(Path(folder))
    return labeller, Similarity(load_embedding(), labeller.taxonomy.labels)


def _article(article: dict[str, Any]) -> TaggedArticle:
    text = f"{article['title']}\n\n{article['text']}"
    return TaggedArticle(
        article_id=article["id"], headline=article["title"], text=text, language="en", entities=[]
    )


def speed(labellers: Mapping[str, Labeller], articles: Sequence[LabelledArticle], rounds: int) -> None:
    """Print the CPU time of articles of WORDS words, and its ratio to splitting and counting them.

    The labellers take turns, and each counts by its median round.
    """
    cut = [
        labelled.article.model_copy(update={"text": " ".join(labelled.article.text.split(" ")[:WORDS])})
        for labelled in articles
    ]
    ways: dict[str, Callable[[], object]] = {
        "counting": lambda: [Counter(article.text.lower().split()) for article in cut]
    }
    ways |= {name: partial(labeller.label, cut) for name, labeller in labellers.items()}
    for way in ways.values():
        way()
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            seconds[name].append(_seconds(way))
    counting = median(seconds.pop("counting"))
    print(f"\nspeed, {WORDS} words, one core\n{'':14} articles/s  times splitting and counting")
    for name, own in seconds.items():
        print(f"{name:14} {len(cut) / median(own):10,.0f} {median(own) / counting:10.1f}")


def _seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def start_and_memory() -> None:
    """Print start time and memory of a fresh process that loads only the labeller."""
    probe = (
        "import time, psutil, streams.enrich.labels as labels\n"
        "before, started = psutil.Process().memory_info().rss, time.process_time()\n"
        "labels.load_labeller()\n"
        "after = psutil.Process().memory_info().rss\n"
        "print(f'start {time.process_time() - started:.2f} s of CPU after imports; memory '\n"
        "      f'{after / 2**20:.0f} MB, {(after - before) / 2**20:.0f} MB of it for the labeller')"
    )
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-c", probe], check=True, env=environment)


if __name__ == "__main__":
    main()
