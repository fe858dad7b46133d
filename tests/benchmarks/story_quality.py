"""The quality of the stories: those of DATA/stories are told online, in order of publication.

The weights are fitted on the other half of the windows and on the windows of DATA/news that were read. The
articles have days and no times, and the order within a day moves F1 by some .02. So the figures are means
over orders in which each day is shuffled.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import combinations

import numpy as np

from streams.events import EnrichedArticle, Fingerprint
from streams.stories import StoryIndex, fingerprint_of, likeness
from streams.stories.encoder import StoryEncoder
from streams.stories.fingerprint import features_of
from streams.stories.memory import Entry, Memory
from streams.stories.near import nearest
from streams.stories.terms import split_words
from streams.training.stories import Grouped, fit, pairs

Method = Callable[[Sequence[EnrichedArticle]], Mapping[str, str]]
Pairs = Collection[frozenset[str]]
HALVES = (0, 1)
ORDERS = 8
DAY = len("2026-11-30")
ARRIVED = datetime(2030, 1, 1, tzinfo=UTC)
Figures = tuple[float, float, float, float]


def quality(
    grouped: Sequence[Grouped],
    readings: Sequence[Grouped],
    differing: Pairs,
    encoder: StoryEncoder | None,
) -> None:
    """Print F1 of each method on both halves of the windows of `grouped`, even and odd, and on `readings`.

    With an `encoder`, the accurate vectors are measured beside the compact ones.
    """
    print("stories, online              even windows          odd windows           all")
    print("                             F1   prec  rec  B3    F1   prec  rec  B3    F1   prec  rec  B3")
    show("MinHash alone", grouped, differing, (copies_alone, copies_alone))
    read = []
    for vectors, own in (("compact", None), ("accurate", encoder)) if encoder else (("compact", None),):
        online = online_index(fingerprints_of([*grouped, *readings], own))
        show(f"{vectors}, as shipped", grouped, differing, (online, online))
        crossed = [fitted([*of_half(grouped, half), *readings], differing, online, own) for half in HALVES]
        show(f"{vectors}, fitted on the rest", grouped, differing, (crossed[1], crossed[0]))
        on_stories = fitted(grouped, differing, online, own)
        cells = [figures(readings, assign(each, on_stories), differing) for each in orders(readings)]
        read.append(f"{vectors}, windows of news that were read, fitted on the stories: {means(cells)}")
    best = [best_cut(grouped, differing, half) for half in HALVES]
    show("TF-IDF, average linking", grouped, differing, (average_linking(best[1]), average_linking(best[0])))
    print("\n".join(read))


def show(
    name: str,
    grouped: Sequence[Grouped],
    differing: Pairs,
    methods: tuple[Method, Method],
) -> None:
    """Print the figures of one method, `methods` being its forms for the even and the odd windows."""
    columns: list[list[Figures]] = [[], [], []]
    for each in orders(grouped):
        found = {half: assign(of_half(each, half), methods[half]) for half in HALVES}
        for half in HALVES:
            columns[half].append(figures(of_half(grouped, half), found[half], differing))
        columns[2].append(figures(grouped, {**found[0], **found[1]}, differing))
    print(f"{name:28s} " + "  ".join(means(column) for column in columns))


def orders(grouped: Sequence[Grouped]) -> Iterator[list[Grouped]]:
    """Yield the articles by window and day, each time with the articles of a day in another order."""
    for seed in range(ORDERS):
        chance = random.Random(seed)
        keys = {one.article.article_id: chance.random() for one in grouped}
        yield sorted(
            grouped,
            key=lambda one: (one.window, str(one.article.published_at)[:DAY], keys[one.article.article_id]),
        )


def means(cells: Sequence[Figures]) -> str:
    """Return the mean of each figure, as text."""
    return " ".join(f"{value:.3f}" for value in np.mean(cells, axis=0))


def of_half(grouped: Sequence[Grouped], half: int) -> list[Grouped]:
    return [one for one in grouped if one.window % 2 == half]


def assign(grouped: Sequence[Grouped], method: Method) -> dict[str, str]:
    """Return the story of each article, each window by itself."""
    found: dict[str, str] = {}
    for window in sorted({one.window for one in grouped}):
        found.update(method([one.article for one in grouped if one.window == window]))
    return found


def fingerprints_of(grouped: Sequence[Grouped], encoder: StoryEncoder | None) -> dict[str, Fingerprint]:
    articles = [one.article for one in grouped]
    return {article.article_id: fingerprint_of(article, ARRIVED, encoder) for article in articles}


def online_index(fingerprints: Mapping[str, Fingerprint]) -> Method:
    """Return the method that tells the fingerprints of articles to an index, one after the other."""

    def online(articles: Sequence[EnrichedArticle]) -> dict[str, str]:
        index = StoryIndex(max_articles=1_000)
        events = [index.add(fingerprints[article.article_id]) for article in articles]
        merged = {event.story_id: event.merged_into for event in events if event.merged_into}
        found = {}
        for event in events:
            story = event.story_id
            while story in merged:
                story = merged[story]
            found[event.article_id] = story
        return found

    return online


def fitted(
    grouped: Sequence[Grouped], differing: Pairs, online: Method, encoder: StoryEncoder | None
) -> Method:
    """Return `online` with weights that were fitted on `grouped`, to the vectors of `encoder`, if any."""
    weights, bias = fit(*pairs(grouped, differing, encoder))

    def method(articles: Sequence[EnrichedArticle]) -> Mapping[str, str]:
        with weighing(weights, bias):
            return online(articles)

    return method


@contextmanager
def weighing(weights: likeness.Floats, bias: float) -> Iterator[None]:
    """Let articles of all kinds of vectors be compared with these weights."""
    before = likeness.WEIGHTS, likeness.BIAS, likeness.ENCODED_WEIGHTS, likeness.ENCODED_BIAS
    likeness.WEIGHTS = likeness.ENCODED_WEIGHTS = weights
    likeness.BIAS = likeness.ENCODED_BIAS = bias
    try:
        yield
    finally:
        likeness.WEIGHTS, likeness.BIAS, likeness.ENCODED_WEIGHTS, likeness.ENCODED_BIAS = before


def copies_alone(articles: Sequence[EnrichedArticle]) -> dict[str, str]:
    """Return for each article the original of its text: near duplicates are all that is grouped."""
    memory = Memory(len(articles))
    found: dict[str, str] = {}
    for place, article in enumerate(articles):
        features = features_of(article)
        near = nearest(features, memory)
        original = memory.ids[near.slot] if near else None
        memory.insert(Entry(article.article_id, 0, 0, place + 1, original), features)
        found[article.article_id] = found[original] if original else article.article_id
    return found


def best_cut(grouped: Sequence[Grouped], differing: Pairs, half: int) -> float:
    mine = of_half(grouped, half)
    cuts = [0.02 * step for step in range(3, 20)]
    return max(cuts, key=lambda cut: figures(mine, assign(mine, average_linking(cut)), differing)[0])


def average_linking(cut: float) -> Method:
    """Return TF-IDF of headline and text (220 words) with average linking of a window, down to `cut`."""

    def method(articles: Sequence[EnrichedArticle]) -> Mapping[str, str]:
        counts = [Counter(split_words(f"{one.headline} {one.text}")[:220]) for one in articles]
        shares = Counter(word for count in counts for word in count)
        words = {word: place for place, word in enumerate(shares)}
        vectors = np.zeros((len(articles), len(words)))
        for row, count in enumerate(counts):
            for word, times in count.items():
                vectors[row, words[word]] = (1 + math.log(times)) * math.log(len(articles) / shares[word])
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9
        similar = vectors @ vectors.T
        groups = [[place] for place in range(len(articles))]
        while len(groups) > 1:
            links = {
                (first, second): similar[np.ix_(groups[first], groups[second])].mean()
                for first, second in combinations(range(len(groups)), 2)
            }
            (first, second), link = max(links.items(), key=lambda pair: pair[1])
            if link < cut:
                break
            groups[first] += groups.pop(second)
        names = [one.article_id for one in articles]
        return {names[place]: names[group[0]] for group in groups for place in group}

    return method


def figures(grouped: Sequence[Grouped], found: Mapping[str, str], differing: Pairs) -> Figures:
    """Return pairwise F1, precision and recall, and B-cubed F1."""
    right = wrong = missed = 0
    precisions, recalls = [], []
    for window in {one.window for one in grouped}:
        mine = [(one.article.article_id, one.story) for one in grouped if one.window == window]
        for (first, story), (second, other) in combinations(mine, 2):
            if frozenset((first, second)) in differing:
                continue
            is_one, says_one = story == other, found[first] == found[second]
            right += is_one and says_one
            wrong += says_one and not is_one
            missed += is_one and not says_one
        for name, story in mine:
            gold = {other for other, its in mine if its == story}
            ours = {other for other, _ in mine if found[other] == found[name]}
            precisions.append(len(gold & ours) / len(ours))
            recalls.append(len(gold & ours) / len(gold))
    precision, recall = right / max(1, right + wrong), right / max(1, right + missed)
    cubed = float(np.mean(precisions)), float(np.mean(recalls))
    return harmonic(precision, recall), precision, recall, harmonic(*cubed)


def harmonic(first: float, second: float) -> float:
    return 2 * first * second / max(1e-9, first + second)
