"""Join the readers' decisions with the texts of a data folder, which the project does not contain.

The texts are cut to what the readers saw. The development sets are for measuring alone: a text that shares
passages with one of them is left out of the training.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from streams.enrich.labels.gold import LabelledArticle, read_labelled
from streams.events import TaggedArticle
from streams.training.entities.gold import shingles
from streams.training.labels.decisions import (
    READINGS,
    RIGHTS,
    RIGHTS_READINGS,
    WRITTEN,
    Decision,
    close,
    read_decisions,
)

NEWS = "abp"
"""The prefix of ids in news/abp_news.jsonl.gz; another prefix is the name of a file in entities."""

TRAIN_WORLD, DEVELOPMENT_WORLD = "train/worldwide_train", "worldwide_dev"

TRAIN_NEWS_CHARACTERS, TRAIN_WORLD_CHARACTERS = 1500, 2000
READING_CHARACTERS = 1300
WORLD_DEV_CHARACTERS = 2400
"""Characters that the readers of train12, of the readings and of world_dev saw, beside the title."""

RANDOM_NEWS = "train12, world"
"""The source of the labelled texts that nobody picked for their labels."""

HELD_OUT = 10
"""One labelled text of so many is held out of the training."""

UNLABELLED = (
    "gum_news",
    "train/gum_other",
    "uner_ewt_test",
    "train/uner_ewt_dev",
    "train/wikigold",
    "link_msnbc_updated",
    "link_reuters_128",
    "link_rss_500",
)
"""Files of entities whose texts teach what the teachers think of them."""

LEAST_CHARACTERS = 150

SHARED = 0.02
"""Share of a text's passages that it may have in common with texts for measuring."""


class Joined(NamedTuple):
    """Labelled articles, and the number of decisions whose text the data folder lacks."""

    articles: list[LabelledArticle]
    missing: int


class Texts:
    """The texts of a data folder by their ids; each file is read when it is first needed."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._files: dict[str, dict[str, dict[str, Any]]] = {}

    def find(self, id_: str) -> tuple[str, str] | None:
        """Return the title, which may be empty, and the text of `id_`; None if the folder lacks it.

        An id that ends with `#` and an offset is the text from there on, without the title.
        """
        id_, _, offset = id_.partition("#")
        name, _, key = id_.partition(":")
        if name not in self._files:
            self._files[name] = self._read(name)
        row = self._files[name].get(id_ if name == NEWS else key)
        if row is None:
            return None
        return ("", row["text"][int(offset) :]) if offset else (row.get("title") or "", row["text"])

    def ids(self, name: str) -> list[str]:
        """Return the ids of the texts in a file, in its order."""
        if name not in self._files:
            self._files[name] = self._read(name)
        return [key if name == NEWS else f"{name}:{key}" for key in self._files[name]]

    def _read(self, name: str) -> dict[str, dict[str, Any]]:
        path = self._data / ("news/abp_news.jsonl.gz" if name == NEWS else f"entities/{name}.jsonl")
        if not path.exists():
            return {}
        open_text = gzip.open if path.suffix == ".gz" else open
        with open_text(path, "rt", encoding="utf-8") as lines:
            return {str(row["id"]): row for row in map(json.loads, lines)}


def join(decisions: Iterable[Decision], texts: Texts, characters: int, *, within: str = "") -> Joined:
    """Return the articles that the decisions are about, each with its first `characters`.

    `within` names the file of all ids that do not name it themselves. An id that `texts` lacks is counted.
    """
    articles, missing = [], 0
    for decision in decisions:
        found = texts.find(f"{within}:{decision.id}" if within else decision.id)
        if found is None:
            missing += 1
        else:
            title, text = found
            articles.append(labelled_text(decision, title, text[:characters]))
    return Joined(articles, missing)


def labelled_text(decision: Decision, title: str, text: str) -> LabelledArticle:
    """Return the article with this title, which may be empty, and this text."""
    article = TaggedArticle(
        article_id=decision.id,
        headline=title or None,
        text=f"{title}\n\n{text}" if title else text,
        language="en",
        entities=[],
    )
    return LabelledArticle(article, decision.labels, decision.ambiguous)


def training_texts(data: Path) -> dict[str, Joined]:
    """Return the labelled texts for training, by the name of their source."""
    texts = Texts(data)
    rights = read_decisions(RIGHTS_READINGS)
    train12 = close(read_decisions(data / "labels" / "train12.jsonl"), rights, RIGHTS)
    news = [decision for decision in train12 if decision.id.startswith(f"{NEWS}:")]
    world = [decision for decision in train12 if not decision.id.startswith(f"{NEWS}:")]
    written = [article for path in sorted(WRITTEN.glob("*.jsonl")) for article in read_labelled(path)]
    return {
        "train12, news": join(news, texts, TRAIN_NEWS_CHARACTERS),
        RANDOM_NEWS: join(world, texts, TRAIN_WORLD_CHARACTERS, within=TRAIN_WORLD),
        "hard_train": Joined(read_labelled(data / "labels" / "hard_train.jsonl"), 0),
        "readings": join(close(read_decisions(READINGS), rights, RIGHTS), texts, READING_CHARACTERS),
        "written": Joined(written, 0),
    }


def unlabelled_texts(
    data: Path, seen: Iterable[LabelledArticle], labels: Iterable[str]
) -> list[LabelledArticle]:
    """Return the texts that nobody labelled, each with all `labels` ambiguous: only teachers decide."""
    texts, undecided = Texts(data), frozenset(labels)
    known = {origin(labelled.article.article_id) for labelled in seen}
    chosen = []
    for name, characters in (
        (NEWS, TRAIN_NEWS_CHARACTERS),
        *((name, TRAIN_WORLD_CHARACTERS) for name in UNLABELLED),
    ):
        for id_ in texts.ids(name):
            found = texts.find(id_)
            if origin(id_) not in known and found is not None and len(found[1]) >= LEAST_CHARACTERS:
                title, text = found
                chosen.append(labelled_text(Decision(id_, frozenset(), undecided), title, text[:characters]))
    return chosen


def origin(id_: str) -> str:
    """Return the id of the whole article, as train12 gives it: ids of the world news stand alone there."""
    return id_.partition("#")[0].removeprefix(f"{TRAIN_WORLD}:")


def development_texts(data: Path) -> dict[str, list[LabelledArticle]]:
    """Return the labelled texts for measuring, by the name of their set."""
    labels = data / "labels"
    return {
        "world_dev": world_dev(data),
        "hard2_dev": read_labelled(labels / "hard2_dev.jsonl"),
        "abp_dev": read_labelled(labels / "abp_dev.jsonl.gz"),
        "hard_dev": read_labelled(labels / "hard_dev.jsonl"),
    }


def world_dev(data: Path) -> list[LabelledArticle]:
    """Return the world news of the development set as it was read. Raise ValueError if a text is missing."""
    decisions = read_decisions(data / "labels" / "world_dev.jsonl")
    joined = join(decisions, Texts(data), WORLD_DEV_CHARACTERS, within=DEVELOPMENT_WORLD)
    if joined.missing:
        raise ValueError(
            f"{data}/entities/{DEVELOPMENT_WORLD}.jsonl lacks {joined.missing} texts of world_dev"
        )
    return joined.articles


def hold_out(
    articles: Iterable[LabelledArticle],
) -> tuple[list[LabelledArticle], list[LabelledArticle]]:
    """Return the articles to train on and the tenth to hold out; the id of the whole article decides."""
    kept: list[LabelledArticle] = []
    held: list[LabelledArticle] = []
    for labelled in articles:
        drawn = zlib.crc32(origin(labelled.article.article_id).encode()) % HELD_OUT == 0
        (held if drawn else kept).append(labelled)
    return kept, held


def without_copies(
    articles: Iterable[LabelledArticle], measured: Sequence[LabelledArticle]
) -> list[LabelledArticle]:
    """Return the articles without those that share passages with `measured` texts."""
    held_out = {shingle for labelled in measured for shingle in shingles(labelled.article.text)}
    kept = []
    for labelled in articles:
        own = set(shingles(labelled.article.text))
        if len(own & held_out) <= SHARED * len(own):
            kept.append(labelled)
    return kept
