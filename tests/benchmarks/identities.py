"""Precision of the Wikidata ids given, on the link sets: `python -m tests.benchmarks.identities DATA`.

DATA is the folder with entities/link_*.jsonl. A mention counts if the gold has a mention at the same place.
If Wikidata lacks the gold's thing, every id is wrong. The column "reviewed" corrects the gold ids that a
reader found wrong for the text; link_review.toml has them with the reasons. The last lines show, for the
larger sets of entities, the number of mentions with an id that the set marks with the type of that id.
"""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click

from streams.enrich.entities import load_tagger
from streams.enrich.entities.tagger import EntityTagger
from streams.events import CleanArticle, Entity, EntityType

SETS = ("link_reuters_128", "link_msnbc_updated", "link_rss_500")
TYPED_SETS = {"worldwide_dev": ("LOC", "ORG", "MISC"), "uner_ewt_test": ("LOC", "ORG")}
UNKNOWN = "<NO_MAPPING>"
REVIEW = Path(__file__).with_name("link_review.toml")
TYPES = {"demonym": "MISC", "organisation": "ORG"}
COUNTRIES = "countries+demonyms"


class Link(NamedTuple):
    """A mention with an id, and its offsets."""

    entity: Entity
    start: int
    end: int

    @property
    def kind(self) -> str:
        """The kind of thing that the id names: country, subdivision, demonym, organisation or other place."""
        if self.entity.type is EntityType.MISC:
            return "demonym"
        iso3166 = self.entity.ids.get("iso3166", "")
        if iso3166:
            return "subdivision" if "-" in iso3166 else "country"
        return "organisation" if self.entity.type is EntityType.ORG else "other place"


@click.command()
@click.argument("data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--tagger", default="compact", show_default=True)
@click.option("--errors", is_flag=True, help="Print each id that differs from the gold.")
def main(data: Path, tagger: str, errors: bool) -> None:
    """Print the number of given ids and of judged ids, and their precision, for each set and kind."""
    entity_tagger = load_tagger(tagger)
    overruled = _overruled()
    click.echo(
        f"{'set':18} {'kind':19} {'given':>6} {'judged':>6} {'right':>6} {'precision':>9} {'reviewed':>9}"
    )
    totals: Counter[tuple[str, str]] = Counter()
    for name in SETS:
        counts: Counter[tuple[str, str]] = Counter()
        for document, links in _linked(entity_tagger, data / "entities" / f"{name}.jsonl"):
            gold = {(e["start"], e["end"]): e for e in document["entities"]}
            for link in links:
                counts[link.kind, "given"] += 1
                judged = gold.get((link.start, link.end))
                if judged is None or judged["qid"] == UNKNOWN:
                    continue
                mention, qid = document["text"][link.start : link.end], link.entity.ids["wikidata"]
                counts[link.kind, "judged"] += 1
                counts[link.kind, "right"] += judged["qid"] == qid
                reviewed = judged["qid"] == qid or (document["id"], mention, judged["qid"], qid) in overruled
                counts[link.kind, "reviewed"] += reviewed
                if errors and judged["qid"] != qid:
                    before = document["text"][max(0, link.start - 40) : link.end + 20].replace("\n", " ")
                    verdict = "" if not reviewed else " (overruled)"
                    click.echo(
                        f"  {document['id']} {link.kind} {qid} is not {judged['name']}"
                        f" ({judged['qid']}){verdict}: {before}"
                    )
        _report(name, counts)
        totals += counts
    _report("all", totals)
    _report_types(entity_tagger, data)


def _overruled() -> set[tuple[str, str, str, str]]:
    reviewed = tomllib.loads(REVIEW.read_text(encoding="utf-8"))["overruled"]
    return {(row["document"], row["mention"], row["gold"], row["given"]) for row in reviewed}


def _linked(tagger: EntityTagger, path: Path) -> Iterator[tuple[dict[str, Any], list[Link]]]:
    """Yield each document of the set with those of its mentions that have a Wikidata id."""
    documents = [json.loads(line) for line in path.open(encoding="utf-8")]
    articles = [CleanArticle(text=d["text"], language="en") for d in documents]
    for document, tagged in zip(documents, tagger.tag(articles), strict=True):
        entities = [entity for entity in tagged.entities if "wikidata" in entity.ids]
        yield document, [Link(entity, m.start, m.end) for entity in entities for m in entity.mentions]


def _report(name: str, counts: Counter[tuple[str, str]]) -> None:
    kinds = sorted({kind for kind, _ in counts})
    rows = {kind: {kind} for kind in kinds} | {COUNTRIES: {"country", "demonym"}, "all": set(kinds)}
    for row, kinds_of_row in rows.items():
        given, judged, right, reviewed = (
            sum(counts[kind, column] for kind in kinds_of_row)
            for column in ("given", "judged", "right", "reviewed")
        )
        shares = " ".join(f"{n / judged:9.3f}" if judged else f"{'-':>9}" for n in (right, reviewed))
        click.echo(f"{name:18} {row:19} {given:6} {judged:6} {right:6} {shares}")


def _report_types(tagger: EntityTagger, data: Path) -> None:
    """Print the share of mentions with an id that the set marks with the type of that id."""
    for name, types in TYPED_SETS.items():
        marked: Counter[str] = Counter()
        same: Counter[str] = Counter()
        for document, links in _linked(tagger, data / "entities" / f"{name}.jsonl"):
            gold = {(e["start"], e["end"]): e["label"] for e in document["entities"]}
            for link in links:
                label = gold.get((link.start, link.end))
                expected = TYPES.get(link.kind, link.entity.type.value)
                if label is not None and expected in types:
                    marked[link.kind] += 1
                    same[link.kind] += label == expected
        for kind in sorted(marked):
            click.echo(
                f"{name:18} {kind:19} {marked[kind]:6} marked at the same place, {same[kind]} with the type"
                f" of the id: {same[kind] / marked[kind]:.3f}"
            )


if __name__ == "__main__":
    main()
