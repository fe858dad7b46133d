"""Stories and reprints: python -m tests.benchmarks.stories DATA [--articles N]

First the stories of DATA/stories, each window online in order of publication: pairwise F1 and B-cubed F1, for
the index as it ships, for weights fitted on other windows, and for two methods that others
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
from collections import deque
from collections.abc import Sequence
from datetime import timedelta
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np

from streams.enrich import load_enricher
from streams.events import EnrichedArticle
from streams.stories import StoryIndex
from streams.stories.encoder import StoryEncoder, load_encoder
from streams.stories.fingerprint import features_of, fingerprint_of
from streams.stories.memory import Entry, Memory
from streams.stories.near import nearest
from streams.training.stories import read_differing, read_grouped, read_readings
from tests.benchmarks.reprints import hand_made, reprint
from tests.benchmarks.story_quality import quality
from tests.benchmarks.story_stream import START, stream

ORIGINALS, REPRINTED = 2_000, 500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path, help="a folder with stories/ and news/")
    parser.add_argument("--articles", type=int, default=500_000, help="how far to measure speed and memory")
    options = parser.parse_args()
    enricher = load_enricher()
    grouped = read_grouped(enricher, options.data)
    readings, unsure = read_readings(enricher, options.data)
    encoder = load_encoder("accurate") if find_spec("onnxruntime") else None
    quality(grouped, readings, {*read_differing(options.data), *unsure}, encoder)
    texts = read_texts(options.data / "news" / "abp_news.jsonl.gz")
    near_duplicates(texts)
    for name, own in (("compact", None), ("accurate", encoder)) if encoder else (("compact", None),):
        fingerprinting(name, [one.article for one in grouped], own)
    speed([hand_made(f"{n}", *text) for n, text in enumerate(texts[:500])], options.articles)


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
        memory.insert(Entry(f"{number}", 0, 0, number + 1, original), features)
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


def fingerprinting(vectors: str, articles: Sequence[EnrichedArticle], encoder: StoryEncoder | None) -> None:
    usual = [article for article in articles if 3_500 < len(article.text) < 4_500]
    costs = []
    for _ in range(5):
        began = time.process_time()
        for article in usual:
            fingerprint_of(article, START, encoder)
        costs.append((time.process_time() - began) / len(usual))
    print(f"\na fingerprint with {vectors} vectors, 4,000 characters: {min(costs) * 1e3:.2f} ms")


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
