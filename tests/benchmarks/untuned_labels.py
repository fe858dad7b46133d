"""Labels on text that nothing was tuned to: world news that has all labels, and short texts that mislead.

The articles pass the compact tagger first, as in the product, because a label may use entities.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from streams.enrich.entities import load_tagger
from streams.enrich.labels import Labeller
from streams.enrich.labels.gold import LabelledArticle, read_labelled
from streams.events import CleanArticle
from streams.training.labels.figures import Tally, false_alarms, tally, total
from streams.training.labels.texts import WORLD_DEV_CHARACTERS, world_dev

SHORT_TEXT_LABELS = ("climate", "diplomacy")


def untuned(labeller: Labeller, data: Path) -> None:
    """Print precision, recall and F1 of the labels as shipped on both sets."""
    world = world_dev(data)
    given = labels_given(labeller, world)
    print(f"world_dev, as shipped: {len(world)} articles, first {WORLD_DEV_CHARACTERS:,} characters")
    print(f"{'':14} positive precision recall     F1")
    tallies = {label: tally(label, world, given) for label in labeller.labels}
    for label, counted in tallies.items():
        print(_row(label, counted))
    print(_row("micro", total(tallies.values())))

    short = read_labelled(data / "labels" / "hard2_dev.jsonl")
    given = labels_given(labeller, short)
    print(f"\nhard2_dev, as shipped: {len(short)} short texts")
    print(f"{'':14} positive precision recall     F1 false positives on texts without a label")
    for label in SHORT_TEXT_LABELS:
        alarms, unlabelled = false_alarms(label, short, given)
        print(f"{_row(label, tally(label, short, given))} {alarms:9} of {unlabelled}")
    macro = sum(tally(label, short, given).f1 for label in SHORT_TEXT_LABELS) / len(SHORT_TEXT_LABELS)
    print(f"{'macro':14} {'':25} {macro:6.3f}")


def labels_given(labeller: Labeller, articles: Sequence[LabelledArticle]) -> list[frozenset[str]]:
    """Return the labels that each article gets as shipped."""
    cleaned = [
        CleanArticle(
            article_id=labelled.article.article_id,
            headline=labelled.article.headline,
            text=labelled.article.text,
            language="en",
        )
        for labelled in articles
    ]
    enriched = labeller.label(load_tagger("compact").tag(cleaned))
    return [frozenset(label.label for label in article.labels) for article in enriched]


def _row(label: str, counted: Tally) -> str:
    return (
        f"{label:14} {counted.positives:8} {counted.precision:9.3f} {counted.recall:6.3f} {counted.f1:6.3f}"
    )
