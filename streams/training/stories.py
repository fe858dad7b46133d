"""Make the table of common words and the weights of the stories: `python -m streams.training.stories DATA`.

The table counts the words and the entities of DATA/news. The weights are a logistic regression over pairs of
articles that readers grouped: those of DATA/stories, and windows of DATA/news, whose groups stand in
story_windows.jsonl. The weights are printed, and stand in streams/stories/likeness.py.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from streams.enrich import Enricher, load_enricher
from streams.errors import EnrichmentError
from streams.events import EnrichedArticle, RawArticle
from streams.stories.encoder import StoryEncoder, load_encoder
from streams.stories.fingerprint import Features, features_of
from streams.stories.likeness import VECTORS, Floats, likenesses, query, stream_rarities
from streams.stories.memory import Entry, Memory
from streams.stories.terms import hash_term, split_words, stem_of
from streams.training.regression import fit_logistic

TABLE = Path(__file__).parents[1] / "stories" / "background.npz"
READINGS = Path(__file__).parent / "story_readings.jsonl"
"""The windows that were read first. The vectors have learned from their stories."""

WINDOWS = Path(__file__).parent / "story_windows.jsonl"
"""Other windows. The compact vectors have learned from their texts, but not from their stories."""

FEWEST = 4  # articles that have a word of the table
PENALTY = 1.0
STEPS = 30


class Grouped(NamedTuple):
    """An article of a window of days, with the story in which people put it."""

    window: int
    story: str
    article: EnrichedArticle


def main() -> None:
    """Write the table if it is asked for, and print the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--table", action="store_true", help="write the table of common words as well")
    options = parser.parse_args()
    enricher = load_enricher()
    if options.table:
        write_table(enricher, options.data / "news" / "abp_news.jsonl.gz")
    grouped = read_grouped(enricher, options.data)
    readings, unsure = read_readings(enricher, options.data)
    skipped = {*read_differing(options.data), *unsure}
    rows, same = pairs([*grouped, *readings], skipped)
    encoded, _ = pairs([*grouped, *readings], skipped, load_encoder("accurate"))
    for name, columns in (("compact", rows), ("accurate", encoded), ("no", rows[:, :VECTORS])):
        weights, bias = fit(columns, same)
        sys.stdout.write(f"{name} vectors: weights {weights.round(1).tolist()} bias {bias:.1f}\n")


def write_table(enricher: Enricher, path: Path) -> None:
    """Count in how many articles at `path` each word and each entity is, and write the table."""
    counts: Counter[int] = Counter()
    articles = 0
    for row in read_rows(path):
        text = f"{row['title'] or ''}\n{row['text'] or ''}"
        terms = {hash_term(stem_of(word)) for word in split_words(text) if len(word) > 1}
        try:
            (tagged,) = enricher.tag(
                [enricher.clean(RawArticle(headline=row["title"], body=row["text"] or "-"))]
            )
        except EnrichmentError:
            entities = set()
        else:
            names = (entity.ids.get("wikidata") or entity.id for entity in tagged.entities)
            entities = {hash_term(b"\0" + name.encode()) for name in names}
        counts.update(terms | entities)
        articles += 1
    common = sorted(term for term, count in counts.items() if count >= FEWEST)
    np.savez_compressed(
        TABLE,
        hashes=np.array(common, dtype=np.uint32),
        articles_with=np.array([counts[term] for term in common], dtype=np.uint16),
        articles=articles,
    )


def read_grouped(enricher: Enricher, data: Path) -> list[Grouped]:
    """Return the enriched articles of DATA/stories, in order of publication within each window."""
    grouped = []
    for row in read_rows(data / "stories" / "dev.jsonl.gz"):
        raw = RawArticle(
            article_id=row["id"],
            publisher=row["publisher"],
            published_at=row["date"],
            headline=row["title"],
            body=row["text"],
        )
        grouped.append(Grouped(row["window"], row["story"], enricher.enrich([raw])[0]))
    return sorted(grouped, key=_order)


def read_readings(
    enricher: Enricher, data: Path, paths: Sequence[Path] = (WINDOWS,)
) -> tuple[list[Grouped], set[frozenset[str]]]:
    """Return the articles of DATA/news that were read, and the pairs of ids of which the reader was unsure.

    The files at `paths` have their ids. The windows have negative numbers, and the articles of each are in
    order of publication.
    """
    lines = [line for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    windows = [json.loads(line) for line in lines]
    story_of = {
        name: (-1 - place, names[0])
        for place, window in enumerate(windows)
        for names in window["stories"]
        for name in names
    }
    grouped = []
    for row in read_rows(data / "news" / "abp_news.jsonl.gz"):
        if row["id"] in story_of:
            raw = RawArticle(
                article_id=row["id"],
                publisher=row["publisher"],
                published_at=_iso_date(row["date"]),
                headline=row["title"],
                body=row["text"],
            )
            grouped.append(Grouped(*story_of[row["id"]], enricher.enrich([raw])[0]))
    unsure = {frozenset(pair) for window in windows for pair in window["unsure"]}
    return sorted(grouped, key=_order), unsure


def _iso_date(date: str) -> str:
    """Return `date`, which may be written as 12/31/19, as 2019-12-31."""
    if short := re.fullmatch(r"(\d+)/(\d+)/(\d\d)", date):
        month, day, year = map(int, short.groups())
        return f"20{year:02}-{month:02}-{day:02}"
    return date


def _order(one: Grouped) -> tuple[int, str, str]:
    return one.window, str(one.article.published_at), one.article.article_id


def read_differing(data: Path) -> set[frozenset[str]]:
    """Return the pairs of article ids about which people differ."""
    path = data / "stories" / "dev_differ.json"
    return {frozenset(pair) for pair in json.loads(path.read_text(encoding="utf-8"))}


def pairs(
    grouped: Sequence[Grouped], differing: Collection[frozenset[str]], encoder: StoryEncoder | None = None
) -> tuple[Floats, Floats]:
    """Return the likenesses of each pair of a window, as the index sees them, and 1 for one story.

    With an `encoder`, it makes the vectors.
    """
    rows: list[Floats] = []
    same: list[bool] = []
    for window in sorted({one.window for one in grouped}):
        articles = [one for one in grouped if one.window == window]
        earlier = against_earlier([one.article for one in articles], encoder)
        for place, (one, found) in enumerate(zip(articles, earlier, strict=True)):
            rows += found
            same += [one.story == other.story for other in articles[:place]]
            _keep(
                rows,
                same,
                [
                    frozenset((one.article.article_id, other.article.article_id)) in differing
                    for other in articles[:place]
                ],
            )
    return np.array(rows), np.array(same, dtype=np.float64)


def against_earlier(
    articles: Sequence[EnrichedArticle], encoder: StoryEncoder | None = None
) -> Iterator[list[Floats]]:
    """Yield for each article its likenesses to each earlier one, as the index sees them.

    With an `encoder`, it makes the vectors.
    """
    memory = Memory(len(articles))
    for place, article in enumerate(articles):
        features = features_of(article, encoder)
        yield _against(memory, features)
        memory.insert(Entry(article.article_id, 0, 0, place + 1, None), features)


def fit(rows: Floats, same: Floats) -> tuple[Floats, float]:
    """Return the weights and the bias of a logistic regression.

    A likeness that is unknown counts as 0.
    """
    columns = np.column_stack([np.nan_to_num(rows), np.ones(len(rows))])
    precision = np.array([PENALTY] * rows.shape[1] + [0.0])
    firm, mean = np.ones(len(rows)), np.zeros(columns.shape[1])
    weights = fit_logistic(columns, same, firm, mean, precision, steps=STEPS)
    return weights[:-1], float(weights[-1])


def _against(memory: Memory, features: Features) -> list[Floats]:
    """Return the likenesses of an article to each article of `memory`, the oldest first."""
    if not len(memory):
        return []
    slots = np.arange(1, len(memory) + 1)
    rarities = stream_rarities(features, memory.articles_with(features.terms), len(memory))
    asked = query(features, rarities)
    return list(likenesses(asked, memory.rows(slots)))


def _keep(rows: list[Floats], same: list[bool], skipped: list[bool]) -> None:
    """Take the pairs that are `skipped` off the ends of `rows` and `same`."""
    start = len(rows) - len(skipped)
    kept = [place for place, skip in enumerate(skipped, start) if not skip]
    rows[start:], same[start:] = [rows[place] for place in kept], [same[place] for place in kept]


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a compressed file of JSON Lines."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


if __name__ == "__main__":
    main()
