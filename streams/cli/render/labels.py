"""The table of an article's labels, each with its score and its evidence."""

from __future__ import annotations

from itertools import accumulate

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from streams.cli.render.terminal import printable
from streams.events import EnrichedArticle, Evidence, Label

MAX_PHRASES = 8
PHRASE_CHARACTERS = 120
"""After this many characters no further phrase is shown."""

# Black letters on these light backgrounds are readable on dark and on light terminals.
LABEL_COLOURS = ("#f2d58b", "#a9d8c4", "#b9c8ee", "#e9bfcf", "#d5d99a", "#c9c2e6")


def label_table(article: EnrichedArticle) -> RenderableType:
    """Return a row for each label; without a label, the scores that were too low."""
    if not article.labels:
        scores = [f"{name} {score:.3f}" for name, score in article.scores.items() if score is not None]
        return Text("no label" + (f" ({', '.join(scores)})" if scores else ""), style="dim")
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column()
    colours = label_colours(article)
    for label in article.labels:
        name = Text(f" {printable(label.label)} ", style=f"black on {colours[label.label]}")
        codes = f"  IPTC {', '.join(label.iptc)}" if label.iptc else ""
        table.add_row(
            name,
            f"{label.score:.3f}",
            Group(
                Text.assemble(printable(label.name), (printable(codes), "dim")),
                Text(printable(_phrases(label)), style="dim"),
            ),
        )
    return table


def label_colours(article: EnrichedArticle) -> dict[str, str]:
    """Return a colour for each label, the same in every article with the same taxonomy."""
    names = sorted({*article.scores, *(label.label for label in article.labels)})
    return {name: LABEL_COLOURS[place % len(LABEL_COLOURS)] for place, name in enumerate(names)}


def _phrases(label: Label) -> str:
    """Return the phrases of the evidence, the strongest first; "against" marks a negative weight."""
    places: dict[str, list[Evidence]] = {}
    for evidence in label.evidence:
        places.setdefault(evidence.text.lower(), []).append(evidence)
    weighted = [(sum(evidence.weight for evidence in same), same) for same in places.values()]
    weighted.sort(key=lambda entry: -abs(entry[0]))
    phrases = [
        ("against: " if weight < 0 else "")
        + " ".join(same[0].text.split())
        + (f" ×{len(same)}" if len(same) > 1 else "")
        for weight, same in weighted
    ]
    lengths = accumulate(map(len, phrases), initial=0)
    shown = [
        phrase
        for phrase, before in zip(phrases[:MAX_PHRASES], lengths, strict=False)
        if before < PHRASE_CHARACTERS
    ]
    return ", ".join([*shown, *(["…"] if len(phrases) > len(shown) else [])])
