"""How a label fits an article, for `wireroom labels`: the taxonomy's table, explanations and measures."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from streams.cli.render.terminal import printable
from streams.enrich.labels.calibration import Measures
from streams.enrich.labels.gold import Judged
from streams.enrich.labels.labeller import Assessment, Labeller
from streams.events import TaggedArticle

MAX_PHRASES = 5  # of a mistake
OPENING = 80  # characters that stand for an article without a headline
FOR, AGAINST = "black on #a9d8c4", "black on #e9bfcf"

PARTS = {
    "base": "of every article",
    "entities": "who the lead names",
    "elsewhere": "weak and common words",
    "encoder": "the text as the encoder reads it",
}
"""What the parts are about that are not the text as a whole."""


def taxonomy_table(labeller: Labeller) -> RenderableType:
    """Return a row for each label in use."""
    columns = ("label", "name", "IPTC", "phrases", "examples", "threshold", "decided by")
    table = Table.grid(padding=(0, 2))
    for column in columns:
        table.add_column(min_width=len(column), no_wrap=column == "label")
    table.add_row(*columns, style="bold")
    for label in labeller.taxonomy.labels:
        names = (label.label, label.name, " ".join(label.iptc))
        counts = (str(len(label.phrases)), str(label.examples.count))
        decision = labeller.decisions.get(label.label)
        threshold = decision.threshold if decision else label.threshold
        decided_by = "model" if decision else "file"
        table.add_row(*map(printable, names), *counts, f"{threshold:g}", decided_by)
    return table


def explanation(article: TaggedArticle, assessments: Sequence[Assessment]) -> RenderableType:
    """Return the evidence for each label with its sum, and the article with the evidence marked."""
    blocks: list[RenderableType] = []
    for assessment in assessments:
        blocks += [_heading(assessment), Padding(_sum_table(assessment, article.text), (0, 2)), ""]
    return Group(*blocks, Padding(_mark_evidence(article.text, assessments), (0, 2)), "")


def measures_line(label: str, measures: Measures, truths: Sequence[bool], threshold: float) -> str:
    """Return the measures of `label` on the articles whose truths are given."""
    return (
        f"{label}: {len(truths)} articles, {sum(truths)} of them positive, threshold {threshold:g}: "
        f"precision {measures.precision:.3f}, recall {measures.recall:.3f}, F1 {measures.f1:.3f}, "
        f"average precision {measures.average_precision:.3f}, "
        f"calibration error {measures.calibration_error:.3f}"
    )


def mistake_lines(judged: Judged) -> str:
    """Return two lines about a wrong answer: the article, and the evidence with the greatest weights."""
    assessment, article = judged.assessment, judged.article
    truth = "has it, score" if judged.truth else "does not have it, score"
    opening = _on_one_line(article.headline or article.text[:OPENING])
    shares = sorted(assessment.shares, key=lambda share: -abs(share.weight))[:MAX_PHRASES]
    phrases = [_on_one_line(article.text[share.start : share.end]) for share in shares]
    weights = [f"{phrase} {share.weight:+.2f}" for phrase, share in zip(phrases, shares, strict=True)]
    weights += [f"{name} {weight:+.2f}" for name, weight in assessment.parts.items()]
    return f"  {truth} {assessment.score:.4f}: {opening}\n      {', '.join(weights)}"


def _heading(assessment: Assessment) -> Text:
    verdict = "applies" if assessment.applies else "does not apply"
    return Text.assemble(
        (printable(assessment.definition.label), "bold"),
        f"  {assessment.score:.4f}, {verdict}: the threshold is {assessment.threshold:g}",
    )


def _sum_table(assessment: Assessment, text: str) -> Table:
    """Return every share, the strongest first, then every part, and their sum before calibration."""
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(no_wrap=True)
    for share in sorted(assessment.shares, key=lambda share: (-abs(share.weight), share.start)):
        phrase = Text(_on_one_line(text[share.start : share.end]), FOR if share.weight > 0 else AGAINST)
        table.add_row(f"{share.weight:+.4f}", phrase, Text(f"{share.start}-{share.end}", "dim"))
    for name, weight in assessment.parts.items():
        about = PARTS.get(name, "the text as a whole")
        table.add_row(f"{weight:+.4f}", Text(name, "italic"), Text(about, "dim"))
    length = "short" if assessment.short else "long"
    scale = "" if assessment.decision is None else "log-odds, "
    table.add_row(
        Text(f"{assessment.raw:.4f}", "bold"),
        Text("sum", "bold"),
        Text(f"{scale}calibrated as a {length} text", "dim"),
    )
    return table


def _mark_evidence(text: str, assessments: Sequence[Assessment]) -> Text:
    """Return `text` with its evidence in colour, and in brackets for readers who see no colours."""
    spans = sorted(
        {(share.start, share.end, share.weight > 0) for each in assessments for share in each.shares}
    )
    marked = Text()
    end_of_last = 0
    for start, end, speaks_for in spans:
        if start < end_of_last:  # evidence of two labels can overlap: the first is marked
            continue
        marked.append(printable(text[end_of_last:start]))
        marked.append(f"[{printable(text[start:end])}]", FOR if speaks_for else AGAINST)
        end_of_last = end
    marked.append(printable(text[end_of_last:]))
    return marked


def _on_one_line(text: str) -> str:
    return " ".join(printable(text).split())
