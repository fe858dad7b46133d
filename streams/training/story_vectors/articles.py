"""The news that the vectors learn from, without the articles on which the stories are measured."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from streams.training.entities.gold import shingles
from streams.training.stories import READINGS, read_rows

SHARED = 0.3
"""Share of an article's runs of words that it may have in common with the articles for measuring."""


class Article(NamedTuple):
    """An article of DATA/news as it was collected."""

    id: str
    headline: str
    text: str


class News(NamedTuple):
    """All articles of DATA/news, and the numbers of those that may be learned from."""

    articles: list[Article]
    allowed: list[int]


def read_news(data: Path, readings: Path | None = READINGS) -> News:
    """Return the articles of DATA/news.

    Those of DATA/stories and those of the windows at `readings`, if any, may not be learned from, nor may
    their copies.
    """
    articles = [
        Article(str(row["id"]), row["title"] or "", row["text"] or "")
        for row in read_rows(data / "news" / "abp_news.jsonl.gz")
    ]
    grouped = list(read_rows(data / "stories" / "dev.jsonl.gz"))
    headlines = {_letters(row["title"] or "") for row in grouped} - {""}
    ids = _read_ids(readings) if readings else set()
    measured = [article.id in ids or _letters(article.headline) in headlines for article in articles]
    texts = [article.text for article, is_measured in zip(articles, measured, strict=True) if is_measured]
    known = _runs([*texts, *(row["text"] or "" for row in grouped)])
    allowed = [
        number
        for number, article in enumerate(articles)
        if not measured[number] and not _is_copy(article.text, known)
    ]
    return News(articles, allowed)


def _is_copy(text: str, known: set[int]) -> bool:
    runs = set(shingles(text))
    return len(runs & known) > SHARED * len(runs)


def _runs(texts: Iterable[str]) -> set[int]:
    return {run for text in texts for run in shingles(text)}


def _read_ids(readings: Path) -> set[str]:
    windows = map(json.loads, readings.read_text(encoding="utf-8").splitlines())
    return {id_ for window in windows for story in window["stories"] for id_ in story}


def _letters(headline: str) -> str:
    """Return the letters and digits of `headline`, because copies differ in quotes and spaces."""
    return "".join(filter(str.isalnum, headline.casefold()))
