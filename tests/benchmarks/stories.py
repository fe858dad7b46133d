"""Stories and reprints: python -m tests.benchmarks.stories DATA [--articles N]

First the stories of DATA/stories, each window online in order of publication: pairwise F1 and B-cubed F1, for
the index as it ships, for weights fitted on the other half of the windows, and for two methods that others
use: TF-IDF with average linking, and MinHash alone. Then reprints made from real articles, then false
duplicates, then speed and memory up to N articles. Nothing here is asserted: the figures are for readers.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import random
import resource
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import combinations, islice
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np

from streams.enrich import load_enricher
from streams.events import EnrichedArticle
from streams.stories import StoryIndex, likeness
from streams.stories.fingerprint import features_of, fingerprint_of
from streams.stories.memory import Entry, Memory
from streams.stories.near import nearest
from streams.stories.terms import split_words
from streams.training.stories import Grouped, fit, pairs, read_differing, read_grouped
from tests.benchmarks.reprints import hand_made, reprint
from tests.benchmarks.story_stream import START, stream

Method = Callable[[Sequence[EnrichedArticle]], Mapping[str, str]]
HALVES = (0, 1)
ORIGINALS, REPRINTED = 2_000, 500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path, help="a folder with stories/ and news/")
    parser.add_argument("--articles", type=int, default=500_000, help="how far to measure speed and memory")
    options = parser.parse_args()
    grouped = read_grouped(load_enricher(), options.data)
    quality(grouped, read_differing(options.data))
    texts = read_texts(options.data / "news" / "abp_news.jsonl.gz")
    near_duplicates(texts)
    fingerprinting([one.article for one in grouped])
    speed([hand_made(f"{n}", *text) for n, text in enumerate(texts[:500])], options.articles)


def quality(grouped: Sequence[Grouped], differing: Collection[frozenset[str]]) -> None:
    """Print F1 of each method on both halves of the windows, even and odd."""
    print("stories, online              even windows          odd windows           all")
    print("                             F1   prec  rec  B3    F1   prec  rec  B3    F1   prec  rec  B3")
    for name, method in (("as shipped (fitted on all)", online), ("MinHash alone", copies_alone)):
        show(name, grouped, differing, (method, method))
    crossed = [fitted(grouped, differing, half) for half in HALVES]
    show("fitted on the other half", grouped, differing, (crossed[1], crossed[0]))
    best = [best_cut(grouped, differing, half) for half in HALVES]
    show("TF-IDF, average linking", grouped, differing, (average_linking(best[1]), average_linking(best[0])))


def show(
    name: str,
    grouped: Sequence[Grouped],
    differing: Collection[frozenset[str]],
    methods: tuple[Method, Method],
) -> None:
    """Print the figures of one method, `methods` being its forms for the even and the odd windows."""
    found = {half: assign(of_half(grouped, half), methods[half]) for half in HALVES}
    cells = [figures(of_half(grouped, half), found[half], differing) for half in HALVES]
    cells.append(figures(grouped, {**found[0], **found[1]}, differing))
    print(f"{name:28s} " + "  ".join(" ".join(f"{value:.3f}" for value in cell) for cell in cells))


def of_half(grouped: Sequence[Grouped], half: int) -> list[Grouped]:
    return [one for one in grouped if one.window % 2 == half]


def assign(grouped: Sequence[Grouped], method: Method) -> dict[str, str]:
    """Return the story of each article, each window by itself."""
    found: dict[str, str] = {}
    for window in sorted({one.window for one in grouped}):
        found.update(method([one.article for one in grouped if one.window == window]))
    return found


def online(articles: Sequence[EnrichedArticle]) -> dict[str, str]:
    index = StoryIndex(max_articles=1_000)
    events = [index.add(article) for article in articles]
    merged = {event.story_id: event.merged_into for event in events if event.merged_into}
    found = {}
    for event in events:
        story = event.story_id
        while story in merged:
            story = merged[story]
        found[event.article_id] = story
    return found


def fitted(grouped: Sequence[Grouped], differing: Collection[frozenset[str]], half: int) -> Method:
    """Return the index with weights that were fitted on `half`."""
    weights, bias = fit(*pairs(of_half(grouped, half), differing))

    def method(articles: Sequence[EnrichedArticle]) -> Mapping[str, str]:
        with weighing(weights, bias):
            return online(articles)

    return method


@contextmanager
def weighing(weights: likeness.Floats, bias: float) -> Iterator[None]:
    before = likeness.WEIGHTS, likeness.BIAS
    likeness.WEIGHTS, likeness.BIAS = weights, bias
    try:
        yield
    finally:
        likeness.WEIGHTS, likeness.BIAS = before


def copies_alone(articles: Sequence[EnrichedArticle]) -> dict[str, str]:
    """Return for each article the original of its text: near duplicates are all that is grouped."""
    memory = Memory(len(articles))
    found: dict[str, str] = {}
    for place, article in enumerate(articles):
        features = features_of(article)
        near = nearest(features, memory)
        original = memory.ids[near.slot] if near else None
        memory.insert(Entry(article.article_id, 0, 0, 0, place + 1, original), features)
        found[article.article_id] = found[original] if original else article.article_id
    return found


def best_cut(grouped: Sequence[Grouped], differing: Collection[frozenset[str]], half: int) -> float:
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


def figures(
    grouped: Sequence[Grouped], found: Mapping[str, str], differing: Collection[frozenset[str]]
) -> tuple[float, float, float, float]:
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


def read_texts(path: Path) -> list[tuple[str, str, str]]:
    """Return publisher, headline and text of articles of 80 words or more, in a random order."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    texts = [
        (row["publisher"], row["title"] or "", row["text"])
        for row in rows
        if len((row["text"] or "").split()) >= 80
    ]
    random.Random(0).shuffle(texts)
    return texts


def near_duplicates(texts: Sequence[tuple[str, str, str]]) -> None:
    """Print how many reprints are found, and how many of all pairs of originals are taken for reprints."""
    memory = Memory(ORIGINALS)
    taken = 0
    for number, text in enumerate(texts[:ORIGINALS]):
        features = features_of(hand_made(f"{number}", *text))
        near = nearest(features, memory)
        taken += near is not None
        original = memory.ids[near.slot] if near else None
        memory.insert(Entry(f"{number}", 0, 0, 0, number + 1, original), features)
    print(f"\n{ORIGINALS} articles, {taken} of them taken for reprints: of {math.comb(ORIGINALS, 2):,} pairs")
    for kept in (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4):
        found = 0
        for number, (_, _, body) in enumerate(texts[:REPRINTED]):
            features = features_of(
                hand_made("-", "Local", f"Another head {number}", reprint(body, kept, number))
            )
            near = nearest(features, memory)
            slot = memory.slot(f"{number}")
            found += near is not None and near.slot in {slot, memory.slot(memory.originals.get(slot, ""))}
        print(f"reprints that keep {kept:4.0%} of the text: recall {found / REPRINTED:.3f}")


def fingerprinting(articles: Sequence[EnrichedArticle]) -> None:
    usual = [article for article in articles if 3_500 < len(article.text) < 4_500]
    costs = []
    for _ in range(5):
        began = time.process_time()
        for article in usual:
            fingerprint_of(article, START)
        costs.append((time.process_time() - began) / len(usual))
    print(f"\na fingerprint of an article of 4,000 characters: {min(costs) * 1e3:.2f} ms")


def speed(articles: Sequence[EnrichedArticle], count: int) -> None:
    """Print the cost of an article and the memory in use while the index grows, and the cost of a restore."""
    index, restored = StoryIndex(), StoryIndex()
    seeds = [features_of(article) for article in articles]
    before = resident()
    fingerprints = stream(seeds, count, timedelta(days=2.9) / count)
    done = 0
    with TemporaryFile() as log:  # not in memory, which is measured
        for size in (size for size in (1_000, 10_000, 100_000, 500_000) if size <= count):
            latest: deque[float] = deque(maxlen=2_000)
            for fingerprint in islice(fingerprints, size - done):
                began = time.process_time()
                event = index.add(fingerprint)
                latest.append(time.process_time() - began)
                log.write(event.to_bytes() + b"\n")
            done = size
            print(
                f"{size:7,} articles: {1 / np.mean(latest):6,.0f} articles/s (the last 2,000), "
                f"{(resident() - before) / size:8,.0f} bytes an article",
                flush=True,
            )
        log.seek(0)
        began = time.process_time()
        restored.restore_many(log)
        spent = time.process_time() - began
    print(f"restore of {len(restored):,} articles: {spent:.1f} s, with the JSON")


def resident() -> int:
    """Return the bytes of memory that this process has in use."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


if __name__ == "__main__":
    main()
