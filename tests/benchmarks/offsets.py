"""Check every mention of every news article: `python -m tests.benchmarks.offsets DATA`.

DATA is the folder with news/abp_news.jsonl.gz. The program exits 1 at the first mention that differs from the
text at its offsets or overlaps another, and at the first entity with a wrong count.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path

import click

from streams.enrich.entities import load_tagger
from streams.events import CleanArticle, TaggedArticle

BATCH = 200


@click.command()
@click.argument("data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--tagger", default="compact", show_default=True)
@click.option("--articles", "limit", type=int, default=None, help="Maximum number of articles; default: all.")
def main(data: Path, tagger: str, limit: int | None) -> None:
    """Tag the articles in batches and print how many mentions were checked."""
    entity_tagger = load_tagger(tagger)
    checked = articles = 0
    source = islice(_articles(data), limit)
    while batch := list(islice(source, BATCH)):
        checked += sum(map(_check, entity_tagger.tag(batch)))
        articles += len(batch)
    click.echo(f"{checked:,} mentions in {articles:,} articles, all at their offsets")


def _articles(data: Path) -> Iterator[CleanArticle]:
    with gzip.open(data / "news" / "abp_news.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            text = f"{row['title']}\n\n{row['text']}"
            yield CleanArticle(article_id=row["id"], text=text, headline=row["title"], language="en")


def _check(tagged: TaggedArticle) -> int:
    mentions = sorted((m.start, m.end, m.text) for e in tagged.entities for m in e.mentions)
    for start, end, text in mentions:
        if tagged.text[start:end] != text or not text:
            raise click.ClickException(f"{tagged.article_id}: {text!r} is not at {start}:{end}")
    for (_, end, text), (start, _, other) in pairwise(mentions):
        if end > start:
            raise click.ClickException(f"{tagged.article_id}: {text!r} overlaps {other!r}")
    if any(e.count != len(e.mentions) for e in tagged.entities):
        raise click.ClickException(f"{tagged.article_id}: an entity has a wrong count of mentions")
    return len(mentions)


if __name__ == "__main__":
    main()
