"""`wireroom labels`: see why, disagree, and add a label of your own."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from streams.cli.input import Reading, paths_argument
from streams.cli.output import Page, remarks
from streams.cli.render import printable
from streams.enrich import load_enricher
from streams.enrich.labels import Labeller, load_labeller
from streams.enrich.labels.calibration import Measures, best_threshold, fit, measure
from streams.enrich.labels.gold import Judged, LabelledArticle, judge, read_labelled
from streams.enrich.labels.labeller import LANGUAGES, Assessment
from streams.enrich.labels.scoring import probability
from streams.enrich.labels.similarity import EXAMPLES_FOR_HEAD
from streams.enrich.labels.label_file import LONG, Calibration, read_label
from streams.errors import SourceError, TaxonomyError, WireroomError
from streams.events import TaggedArticle
from streams.settings import Settings

WORST = 5
FOR, AGAINST = "black on #a9d8c4", "black on #e9bfcf"

taxonomy_option: Callable[[Any], Any] = click.option(
    "--taxonomy",
    "folder",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Your label files.  [default: WIREROOM_TAXONOMY, or the shipped labels alone]",
)
labelled_argument: Callable[[Any], Any] = click.argument(
    "articles", metavar="FILE.jsonl", type=click.Path(path_type=Path)
)


@click.group()
def labels() -> None:
    """List, explain, add, check, test and calibrate topic labels.

    A label is one TOML file of weighted phrases and examples; no code. Yours go into a folder that
    WIREROOM_TAXONOMY names; workers read it when they start.
    """


@labels.command()
@taxonomy_option
def ls(folder: Path | None) -> None:
    """List the labels in use.

    \b
    Example: wireroom labels ls
    """
    labeller = _labeller(folder)
    table = Table.grid(padding=(0, 3))
    table.add_row("label", "name", "IPTC", "phrases", "examples", "threshold", style="bold")
    for label in labeller.taxonomy.labels:
        examples = len(label.examples.positive) + len(label.examples.negative)
        row = (label.label, label.name, " ".join(label.iptc), str(len(label.phrases)), str(examples))
        table.add_row(*map(printable, row), f"{label.threshold:g}")
    Page().show(table)


@labels.command()
@paths_argument(required=True)
@click.option("--label", "only", metavar="LABEL", help="This label, whether or not it applies.")
@taxonomy_option
def explain(paths: tuple[Path, ...], only: str | None, folder: Path | None) -> None:
    """Print each article in PATH... with the evidence for its labels, and how it adds up.

    \b
    Example: wireroom labels explain seeds/ --label climate
    """
    labeller = _labeller(folder)
    if only is not None:
        _known(labeller, only)
    enricher = load_enricher(stages=("cleanup", "entities"))
    page = Page()
    reading = Reading(paths, remarks(), max_article_bytes=Settings().max_article_bytes)
    for sourced in reading:
        try:
            (article,) = enricher.tag([enricher.clean(sourced.article)])
        except WireroomError as error:
            reading.report(SourceError(f"{sourced.where}: {type(error).__name__}: {error}"))
            continue
        if article.language not in LANGUAGES:
            reading.note(f"{sourced.where}: language {article.language}: labels read English only")
            continue
        assessments = labeller.assess(article)
        page.show(_explanation(article, _to_explain(assessments, only)))
    if reading.problems:
        raise SystemExit(1)


@labels.command()
@click.argument("name", metavar="NAME")
@taxonomy_option
def new(name: str, folder: Path | None) -> None:
    """Write a commented label file for NAME into your folder.

    \b
    Example: wireroom labels new chess --taxonomy my-labels
    """
    folder = folder or Settings().taxonomy
    if folder is None:
        raise TaxonomyError("no folder for your labels: give --taxonomy FOLDER or set WIREROOM_TAXONOMY")
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", name):
        raise TaxonomyError(
            f"{name!r}: a label is 1 to 64 of a-z, 0-9, - and _, as it becomes a topic's name"
        )
    path = folder / f"{name}.toml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(TEMPLATE.replace("NAME", name))
    except FileExistsError as error:
        raise TaxonomyError(f"{path}: exists already; edit it, or choose another name") from error
    except OSError as error:
        raise TaxonomyError(f"{path}: cannot be written: {error.strerror}") from error
    click.echo(path)


@labels.command()
@click.argument("path", metavar="[PATH]", required=False, type=click.Path(path_type=Path))
def check(path: Path | None) -> None:
    """Check a label file, or a folder of them: PATH, else WIREROOM_TAXONOMY.

    \b
    Example: wireroom labels check my-labels
    """
    path = path or Settings().taxonomy
    if path is None:
        raise TaxonomyError("nothing to check: give a PATH or set WIREROOM_TAXONOMY")
    if path.is_file():
        found = [read_label(path)]
    else:
        shipped = load_labeller().labels
        checked = load_labeller(path).taxonomy.labels
        found = [label for label in checked if label.label not in shipped or label.replaces]
        if not found:
            raise TaxonomyError(f"{path}: holds no label files; `wireroom labels new NAME` writes one")
    for label in found:
        examples = len(label.examples.positive) + len(label.examples.negative)
        click.echo(f"{label.label}: good; phrases {len(label.phrases)}, examples {examples}")
        if not label.examples.positive or examples < EXAMPLES_FOR_HEAD:
            remarks().print(
                f"{label.label}: from {EXAMPLES_FOR_HEAD} examples on, it learns what such articles are like",
                markup=False,
            )


@labels.command()
@click.argument("label", metavar="LABEL")
@labelled_argument
@taxonomy_option
def test(label: str, articles: Path, folder: Path | None) -> None:
    """Measure LABEL on labelled articles: precision, recall, F1, and the worst mistakes with their evidence.

    FILE.jsonl has one article a line, with text, perhaps a headline, the labels that hold, and perhaps the
    ambiguous ones, which are skipped.

    \b
    Example: wireroom labels test climate labelled.jsonl
    """
    labeller = _labeller(folder)
    judged = _judged(labeller, label, articles)
    threshold = judged[0].assessment.definition.threshold
    scores = [one.assessment.score for one in judged]
    truths = [one.truth for one in judged]
    click.echo(_summary(label, measure(scores, truths, threshold), truths, threshold))
    mistakes = [one for one in judged if one.assessment.applies != one.truth]
    mistakes.sort(key=lambda one: -abs(one.assessment.score - one.truth))
    for one in mistakes[:WORST]:
        click.echo(_mistake(one))


@labels.command()
@click.argument("label", metavar="LABEL")
@labelled_argument
@click.option("--write", is_flag=True, help="Put the result into your label file.")
@taxonomy_option
def calibrate(label: str, articles: Path, write: bool, folder: Path | None) -> None:
    """Fit LABEL's calibration and threshold to labelled articles, and print them as its file needs them.

    Texts under 120 words are calibrated apart; where too few are given, what the label has stays.

    \b
    Example: wireroom labels calibrate chess labelled.jsonl --write
    """
    folder = folder or Settings().taxonomy
    labeller = _labeller(folder)
    judged = _judged(labeller, label, articles)
    definition = judged[0].assessment.definition
    long = _fitted([one for one in judged if not one.assessment.short]) or definition.calibration.long
    short = _fitted([one for one in judged if one.assessment.short]) or definition.calibration.short
    if (long, short) == (definition.calibration.long, definition.calibration.short):
        raise SourceError(f"{articles}: too few articles with and without {label}: 4 of each kind at least")
    scores = [probability(one.assessment.raw, short if one.assessment.short else long) for one in judged]
    truths = [one.truth for one in judged]
    threshold = best_threshold(scores)
    click.echo(f"threshold = {threshold:g}\n\n{_calibration_table(long, short)}", nl=False)
    click.echo(_summary(label, measure(scores, truths, threshold), truths, threshold), err=True)
    if write:
        _write_calibration(label, folder, threshold, _calibration_table(long, short))


def _labeller(folder: Path | None) -> Labeller:
    return load_labeller(folder or Settings().taxonomy)


def _known(labeller: Labeller, label: str) -> None:
    if label not in labeller.labels:
        raise TaxonomyError(f"no label {label!r}; there are {', '.join(labeller.labels)}")


def _judged(labeller: Labeller, label: str, path: Path) -> list[Judged]:
    _known(labeller, label)
    articles: list[LabelledArticle] = read_labelled(path)
    judged = list(judge(labeller, label, articles))
    if not judged:
        raise SourceError(f"{path}: holds no article that {label} is decided on")
    return judged


def _to_explain(assessments: list[Assessment], only: str | None) -> list[Assessment]:
    """The one asked for; else those that apply, best first; else the nearest."""
    if only is not None:
        return [one for one in assessments if one.definition.label == only]
    ranked = sorted(assessments, key=lambda one: (-one.score, -one.raw))
    return [one for one in ranked if one.applies] or ranked[:1]


def _explanation(article: TaggedArticle, assessments: Sequence[Assessment]) -> RenderableType:
    blocks: list[RenderableType] = []
    for one in assessments:
        blocks += [_heading(one), Padding(_sum(one, article.text), (0, 2)), ""]
    marked = _marked(article.text, assessments)
    return Group(*blocks, Padding(marked, (0, 2)), "")


def _heading(one: Assessment) -> Text:
    threshold = one.definition.threshold
    verdict = "applies" if one.applies else "does not apply"
    return Text.assemble(
        (printable(one.definition.label), "bold"),
        f"  {one.score:.4f}, {verdict}: the threshold is {threshold:g}",
    )


def _sum(one: Assessment, text: str) -> Table:
    """Every share and part, and what they come to before and after calibration."""
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right")
    for share in one.shares:
        phrase = " ".join(printable(text[share.start : share.end]).split())
        style = FOR if share.weight > 0 else AGAINST
        table.add_row(f"{share.weight:+.4f}", Text(phrase, style), Text(f"{share.start}-{share.end}", "dim"))
    for name, weight in one.parts.items():
        table.add_row(f"{weight:+.4f}", Text(name, "italic"), Text("the text as a whole", "dim"))
    length = "short" if one.short else "long"
    table.add_row(
        Text(f"{one.raw:.4f}", "bold"), Text("sum", "bold"), Text(f"calibrated as a {length} text", "dim")
    )
    return table


def _marked(text: str, assessments: Sequence[Assessment]) -> Text:
    """TEXT with its evidence in colour, and in brackets for those who see none."""
    spans = sorted(
        {(share.start, share.end, share.weight > 0) for one in assessments for share in one.shares}
    )
    marked = Text()
    at = 0
    for start, end, speaks_for in spans:
        if start < at:  # evidence of two labels can overlap: the first one is marked
            continue
        marked.append(printable(text[at:start]))
        marked.append(f"[{printable(text[start:end])}]", FOR if speaks_for else AGAINST)
        at = end
    marked.append(printable(text[at:]))
    return marked


def _summary(label: str, measures: Measures, truths: Sequence[bool], threshold: float) -> str:
    return (
        f"{label}: {len(truths)} articles, {sum(truths)} of them positive, threshold {threshold:g}: "
        f"precision {measures.precision:.3f}, recall {measures.recall:.3f}, F1 {measures.f1:.3f}, "
        f"average precision {measures.average_precision:.3f}, "
        f"calibration error {measures.calibration_error:.3f}"
    )


def _mistake(one: Judged) -> str:
    said = "has it, score" if one.truth else "does not have it, score"
    opening = " ".join(printable(one.article.headline or one.article.text[:80]).split())
    shares = sorted(one.assessment.shares, key=lambda share: -abs(share.weight))[:WORST]
    phrases = [
        f"{' '.join(printable(one.article.text[share.start : share.end]).split())} {share.weight:+.2f}"
        for share in shares
    ]
    phrases += [f"{name} {weight:+.2f}" for name, weight in one.assessment.parts.items()]
    return f"  {said} {one.assessment.score:.4f}: {opening}\n      {', '.join(phrases)}"


def _fitted(judged: Sequence[Judged]) -> Calibration | None:
    return fit([one.assessment.raw for one in judged], [one.truth for one in judged])


def _calibration_table(long: Calibration, short: Calibration) -> str:
    return (
        "[calibration]\n"
        f"long = {{ slope = {long.slope:g}, intercept = {long.intercept:g} }}\n"
        f"short = {{ slope = {short.slope:g}, intercept = {short.intercept:g} }}\n"
    )


def _write_calibration(label: str, folder: Path | None, threshold: float, table: str) -> None:
    """Put THRESHOLD and TABLE into the user's file of LABEL, and leave the rest of it alone."""
    files = sorted(folder.glob("*.toml")) if folder else []
    path = next((file for file in files if read_label(file).label == label), None)
    if path is None:
        raise TaxonomyError(f"{label}: no file of yours has this label; copy the lines above into one")
    content = path.read_text(encoding="utf-8")
    content = re.sub(r"(?ms)^(?:# )?\[calibration\]\n.*?(?=^\[|\Z)", "", content).rstrip() + f"\n\n{table}"
    line = f"threshold = {threshold:g}"
    if re.search(r"(?m)^threshold\s*=.*$", content):
        content = re.sub(r"(?m)^threshold\s*=.*$", line, content, count=1)
    else:
        content = f"{line}\n{content}"
    path.write_text(content, encoding="utf-8")
    read_label(path)
    click.echo(f"written to {path}", err=True)


TEMPLATE = f"""\
# A label of your own. `wireroom labels check` says whether it can be used; workers read it when they start;
# `wireroom topics create` makes its topic.
label = "NAME"
name = "NAME"
version = 1
iptc = []               # IPTC Media Topic codes, such as "20000418"
description = "NAME: say in one sentence what such articles are about."
definition = \"\"\"
Counts: what an article must be about to have this label.
Does not count: what is near, and is not meant.
\"\"\"
threshold = 0.5         # `wireroom labels calibrate` finds a better one

# Stretches in which a phrase means something else. The longest match wins.
excludes = [
    # "chess board factory",
]

# Phrases and what they weigh: 3 decides alone, 2 is strong, 1 supports, 0.5 hints.
# The last word is found in the plural as well; ~ after a word finds all its forms;
# " ... " skips a few words in one sentence; capitals alone (COP28) are found in capitals alone.
[phrases]
"NAME" = 3.0
# "play~ ... gambit" = 2.0

# Phrases that speak against the label.
[contra]
# "board meeting" = 0.5

# Short texts that have the label and that do not. From {EXAMPLES_FOR_HEAD} on, the label learns from them.
[examples]
positive = []
negative = []

# `wireroom labels calibrate` prints what belongs here.
# [calibration]
# long = {{ slope = {LONG.slope:g}, intercept = {LONG.intercept:g} }}
"""
