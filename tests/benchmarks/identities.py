"""Precision of the Wikidata ids given, on the link sets: `python -m tests.benchmarks.identities DATA`.

DATA is the folder with entities/link_*.jsonl. A mention counts when the gold has one at the same place; where
the gold names a thing that Wikidata lacks, any id is wrong.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click

from streams.enrich.entities import load_tagger
from streams.events import CleanArticle, Entity, EntityType

SETS = ("link_reuters_128", "link_msnbc_updated", "link_rss_500")
UNKNOWN = "<NO_MAPPING>"


@click.command()
@click.argument("data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--tagger", default="compact", show_default=True)
@click.option("--errors", is_flag=True, help="Print each wrong id.")
def main(data: Path, tagger: str, errors: bool) -> None:
    """Print, for each set and kind, how many ids are given, how many can be judged, and their precision."""
    entity_tagger = load_tagger(tagger)
    click.echo(f"{'set':20} {'kind':14} {'given':>6} {'judged':>6} {'right':>6} {'precision':>9}")
    totals: Counter[tuple[str, str]] = Counter()
    for name in SETS:
        counts: Counter[tuple[str, str]] = Counter()
        documents = [
            json.loads(line) for line in (data / "entities" / f"{name}.jsonl").open(encoding="utf-8")
        ]
        articles = [CleanArticle(text=d["text"], language="en") for d in documents]
        for document, tagged in zip(documents, entity_tagger.tag(articles), strict=True):
            gold = {(e["start"], e["end"]): e for e in document["entities"]}
            for entity, start, end in _linked(tagged.entities):
                kind = _kind(entity)
                counts[kind, "given"] += 1
                judged = gold.get((start, end))
                if judged is None or judged["qid"] == UNKNOWN:
                    continue
                right = judged["qid"] == entity.ids["wikidata"]
                counts[kind, "right" if right else "wrong"] += 1
                if errors and not right:
                    before = document["text"][max(0, start - 40) : end + 20].replace("\n", " ")
                    click.echo(f"  {kind}: {entity.name} is not {judged['name']} ({judged['qid']}): {before}")
        _report(name, counts)
        totals += counts
    _report("all", totals)


def _linked(entities: list[Entity]) -> Iterator[tuple[Entity, int, int]]:
    for entity in entities:
        if "wikidata" in entity.ids:
            for mention in entity.mentions:
                yield entity, mention.start, mention.end


def _kind(entity: Entity) -> str:
    if entity.type is EntityType.MISC:
        return "demonym"
    iso3166 = entity.ids.get("iso3166", "")
    if iso3166:
        return "subdivision" if "-" in iso3166 else "country"
    return "organisation" if entity.type is EntityType.ORG else "other place"


def _report(name: str, counts: Counter[tuple[str, str]]) -> None:
    kinds = sorted({kind for kind, _ in counts})
    for kind in [*kinds, "all"]:
        given, right, wrong = (
            sum(n for (k, what), n in counts.items() if what == column and kind in (k, "all"))
            for column in ("given", "right", "wrong")
        )
        judged = right + wrong
        precision = f"{right / judged:9.3f}" if judged else "        -"
        click.echo(f"{name:20} {kind:14} {given:6} {judged:6} {right:6} {precision}")


if __name__ == "__main__":
    main()
