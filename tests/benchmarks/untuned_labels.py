"""Labels on text that nothing was tuned to, by the phrases alone and by both labellers, in one run.

Four sets: world news that has all labels, short texts that mislead, US news, and hand-made items. The
articles pass the compact tagger first, as in the product, because a label may use entities.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from streams.enrich.entities import load_tagger
from streams.enrich.labels import Labeller
from streams.enrich.labels.calibration import calibration_error
from streams.enrich.labels.gold import LabelledArticle
from streams.events import CleanArticle, EnrichedArticle, TaggedArticle
from streams.training.labels.figures import Tally, false_alarms, tally, total
from streams.training.labels.texts import WORLD_DEV_CHARACTERS, development_texts

TWO_LABELS = ("climate", "diplomacy")
"""The labels that the readers of all sets but the world news decided on."""

Given = dict[str, list[frozenset[str]]]
"""The labels of each article by the name of the labeller."""


def untuned(labellers: Mapping[str, Labeller], data: Path) -> None:
    """Print precision, recall and F1 of each labeller as shipped on each set, and its calibration error."""
    sets = {name: (articles, _tagged(articles)) for name, articles in development_texts(data).items()}
    enriched = {
        name: {way: labeller.label(tagged) for way, labeller in labellers.items()}
        for name, (_, tagged) in sets.items()
    }
    for name, (articles, _) in sets.items():
        given = {way: [_labels(one) for one in own] for way, own in enriched[name].items()}
        if name == "world_dev":
            _print_world(articles, given, next(iter(labellers.values())).labels)
        else:
            _print_two(name, articles, given)
    print("\nexpected calibration error on world_dev and hard2_dev together")
    for way in labellers:
        pairs = [
            *_pairs(sets["world_dev"][0], enriched["world_dev"][way], labellers[way].labels),
            *_pairs(sets["hard2_dev"][0], enriched["hard2_dev"][way], TWO_LABELS),
        ]
        scores, truths = zip(*pairs, strict=True)
        print(f"{way:14} {calibration_error(scores, truths):.3f} of {len(pairs):,} decisions")


def _print_world(articles: Sequence[LabelledArticle], given: Given, labels: Sequence[str]) -> None:
    print(f"world_dev: {len(articles)} articles, first {WORLD_DEV_CHARACTERS:,} characters")
    _print_heading(given)
    tallies = {way: {label: tally(label, articles, own) for label in labels} for way, own in given.items()}
    for label in labels:
        _print_row(label, [tallies[way][label] for way in given])
    _print_row("micro", [total(tallies[way].values()) for way in given])
    for half in (0, 1):
        halves = [
            total(tally(label, articles[half::2], own[half::2]) for label in labels) for own in given.values()
        ]
        _print_row(f"micro, half {half + 1}", halves)


def _print_two(name: str, articles: Sequence[LabelledArticle], given: Given) -> None:
    print(f"\n{name}: {len(articles)} texts")
    _print_heading(given)
    for label in TWO_LABELS:
        _print_row(label, [tally(label, articles, own) for own in given.values()])
    macro = [sum(tally(label, articles, own).f1 for label in TWO_LABELS) / 2 for own in given.values()]
    print(f"{'macro':14} {'':8}" + "".join(f"{'':14} {f1:6.3f}   " for f1 in macro))
    for label in TWO_LABELS:
        alarms = [false_alarms(label, articles, own) for own in given.values()]
        cells = "".join(f"{count:17} of {unlabelled:<3}" for count, unlabelled in alarms)
        print(f"  {label} on texts without a label{cells}")


def _print_heading(given: Given) -> None:
    print(f"{'':14} {'':8}" + "".join(f"{way:^24}" for way in given))
    print(f"{'':14} positive" + f"{'P':>7} {'R':>6} {'F1':>6}   " * len(given))


def _print_row(name: str, tallies: Sequence[Tally]) -> None:
    cells = "".join(f"{one.precision:7.3f} {one.recall:6.3f} {one.f1:6.3f}   " for one in tallies)
    print(f"{name:14} {tallies[0].positives:8}{cells}")


def _tagged(articles: Sequence[LabelledArticle]) -> list[TaggedArticle]:
    cleaned = [
        CleanArticle(
            article_id=labelled.article.article_id,
            headline=labelled.article.headline,
            text=labelled.article.text,
            language="en",
        )
        for labelled in articles
    ]
    return load_tagger("compact").tag(cleaned)


def _labels(article: EnrichedArticle) -> frozenset[str]:
    return frozenset(label.label for label in article.labels)


def _pairs(
    articles: Sequence[LabelledArticle], enriched: Sequence[EnrichedArticle], labels: Sequence[str]
) -> list[tuple[float, bool]]:
    """Return score and truth of each decision that the reader was sure of."""
    return [
        (one.scores[label] or 0.0, label in labelled.labels)
        for labelled, one in zip(articles, enriched, strict=True)
        for label in labels
        if label not in labelled.ambiguous
    ]
