"""`wireroom labels`: see why an article has a label, correct it, and add labels of your own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from streams.cli.input import Reading, paths_argument
from streams.cli.output import Page, error_console
from streams.cli.render.assessments import explanation, measures_line, mistake_lines, taxonomy_table
from streams.enrich import build_enricher
from streams.enrich.labels import Labeller, load_labeller
from streams.enrich.labels.calibration import best_threshold, measure
from streams.enrich.labels.gold import Judged, LabelledArticle, fit_calibrations, judge, read_labelled
from streams.enrich.labels.label_file import LABEL_NAME, LABEL_NAME_RULE, LabelFile, parse_label, read_label
from streams.enrich.labels.label_text import calibration_text, new_label_text, with_calibration
from streams.enrich.labels.labeller import LANGUAGES, Assessment
from streams.enrich.labels.scoring import probability
from streams.enrich.labels.similarity import EXAMPLES_FOR_HEAD
from streams.enrich.labels.taxonomy import load_taxonomy
from streams.errors import SourceError, TaxonomyError, WireroomError
from streams.settings import Settings

MAX_MISTAKES = 5

taxonomy_option: Callable[[Any], Any] = click.option(
    "--taxonomy",
    "folder",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Folder of your label files.  [default: WIREROOM_TAXONOMY, or the shipped labels alone]",
)
labelled_argument: Callable[[Any], Any] = click.argument(
    "articles", metavar="FILE.jsonl", type=click.Path(path_type=Path)
)


@click.group()
def labels() -> None:
    """List, explain, add, check, test and calibrate topic labels.

    A label is one TOML file of weighted phrases and examples; it needs no code. Put your own files into a
    folder, and name the folder in WIREROOM_TAXONOMY. Workers read it when they start.
    """


@labels.command()
@taxonomy_option
def ls(folder: Path | None) -> None:
    """List the labels in use.

    The model decides on the shipped labels, and has the thresholds of these; a label of yours goes by its
    file.

    \b
    Example: wireroom labels ls
    """
    Page().show(taxonomy_table(_load(folder)))


@labels.command()
@paths_argument(required=True)
@click.option("--label", "name", metavar="LABEL", help="Explain this label, even if it does not apply.")
@taxonomy_option
def explain(paths: tuple[Path, ...], name: str | None, folder: Path | None) -> None:
    """Print articles with the evidence for their labels.

    It shows the weight of each piece of evidence, the strongest first, and how the weights add up. The sum of
    a shipped label is in log-odds; that of your own label is in weights of its phrases.

    \b
    Example: wireroom labels explain seeds/ --label climate
    """
    settings = Settings()
    labeller = load_labeller(folder or settings.taxonomy, settings.labeller)
    if name is not None:
        _require_label(labeller, name)
    enricher = build_enricher(
        tagger=settings.tagger, gazetteer=settings.gazetteer, taxonomy=None, stages=("cleanup", "entities")
    )
    page = Page()
    reading = Reading(paths, error_console(), max_article_bytes=settings.max_article_bytes)
    for sourced in reading:
        try:
            (article,) = enricher.tag([enricher.clean(sourced.article)])
        except WireroomError as error:
            reading.report(SourceError(f"{sourced.where}: {type(error).__name__}: {error}"))
            continue
        if article.language not in LANGUAGES:
            reading.note(f"{sourced.where}: the language is {article.language}; labels are for English only")
            continue
        page.show(explanation(article, _select(labeller.assess(article), name)))
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
        raise TaxonomyError("no folder for your labels; give --taxonomy FOLDER or set WIREROOM_TAXONOMY")
    if not LABEL_NAME.fullmatch(name):
        raise TaxonomyError(f"a label must be {LABEL_NAME_RULE}, not {name!r}")
    path = folder / f"{name}.toml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(new_label_text(name))
    except FileExistsError as error:
        raise TaxonomyError(f"{path}: exists already; edit it, or choose another name") from error
    except OSError as error:
        raise TaxonomyError(f"{path}: cannot be written: {error.strerror}") from error
    click.echo(path)


@labels.command()
@click.argument("path", metavar="[PATH]", required=False, type=click.Path(path_type=Path))
def check(path: Path | None) -> None:
    """Check a label file, or a folder of label files.

    Without PATH it checks the folder that WIREROOM_TAXONOMY names.

    \b
    Example: wireroom labels check my-labels
    """
    path = path or Settings().taxonomy
    if path is None:
        raise TaxonomyError("nothing to check; give a PATH or set WIREROOM_TAXONOMY")
    if not path.exists():
        raise TaxonomyError(f"{path}: no such file or folder; give the PATH of your label files")
    for label in [read_label(path)] if path.is_file() else _own_labels(path):
        click.echo(f"{label.label}: good; phrases {len(label.phrases)}, examples {label.examples.count}")
        if not label.examples.positive or label.examples.count < EXAMPLES_FOR_HEAD:
            error_console().print(
                f"{label.label}: give it {EXAMPLES_FOR_HEAD} examples or more, and it learns from them",
                markup=False,
            )


@labels.command()
@click.argument("label", metavar="LABEL")
@labelled_argument
@taxonomy_option
def test(label: str, articles: Path, folder: Path | None) -> None:
    """Measure LABEL on labelled articles.

    It prints precision, recall and F1, and the worst mistakes with their evidence.

    FILE.jsonl has one article on each line: its `text`, perhaps a `headline`, the `labels` that it has, and
    perhaps the `ambiguous` labels, for which the article is left out. A shipped label reads their entities as
    well, which are found first.

    \b
    Example: wireroom labels test climate labelled.jsonl
    """
    labelled = _judge(_load(folder), label, articles)
    threshold = labelled[0].assessment.threshold
    scores = [judged.assessment.score for judged in labelled]
    truths = [judged.truth for judged in labelled]
    click.echo(measures_line(label, measure(scores, truths, threshold), truths, threshold))
    mistakes = [judged for judged in labelled if judged.assessment.applies != judged.truth]
    mistakes.sort(key=lambda judged: -abs(judged.assessment.score - judged.truth))
    for mistake in mistakes[:MAX_MISTAKES]:
        click.echo(mistake_lines(mistake))


@labels.command()
@click.argument("label", metavar="LABEL")
@labelled_argument
@click.option("--write", is_flag=True, help="Write the result into your label file.")
@taxonomy_option
def calibrate(label: str, articles: Path, write: bool, folder: Path | None) -> None:
    """Fit the calibration of LABEL to labelled articles.

    It prints the calibration and the threshold as lines for the label's file.

    Texts under 120 words have a calibration of their own. Where the articles are too few, the label keeps
    its calibration. The shipped labels are calibrated in their model, and cannot be calibrated here.

    \b
    Example: wireroom labels calibrate chess labelled.jsonl --write
    """
    folder = folder or Settings().taxonomy
    labeller = _load(folder)
    _refuse_learned(labeller, label)
    labelled = _judge(labeller, label, articles)
    current = labelled[0].assessment.definition.calibration
    fitted = fit_calibrations(labelled, current)
    if fitted == current:
        raise SourceError(f"{articles}: too few articles; give at least 4 with {label} and 4 without it")
    scores = [
        probability(judged.assessment.raw, fitted.short if judged.assessment.short else fitted.long)
        for judged in labelled
    ]
    truths = [judged.truth for judged in labelled]
    threshold = best_threshold(scores)
    click.echo(calibration_text(threshold, fitted), nl=False)
    click.echo(measures_line(label, measure(scores, truths, threshold), truths, threshold), err=True)
    if write:
        path = _own_file(folder, label)
        _rewrite(path, lambda text: with_calibration(text, threshold, fitted))
        click.echo(f"written to {path}", err=True)


def _load(folder: Path | None) -> Labeller:
    settings = Settings()
    return load_labeller(folder or settings.taxonomy, settings.labeller)


def _refuse_learned(labeller: Labeller, label: str) -> None:
    if label in labeller.decisions:
        raise TaxonomyError(
            f"{label} is a shipped label, whose calibration is in the model; to calibrate a label of yours "
            "in its place, write a label file of that name with `replaces = true`"
        )


def _require_label(labeller: Labeller, label: str) -> None:
    if label not in labeller.labels:
        raise TaxonomyError(f"no label is called {label!r}; the labels are {', '.join(labeller.labels)}")


def _judge(labeller: Labeller, label: str, path: Path) -> list[Judged]:
    _require_label(labeller, label)
    articles = read_labelled(path)
    if label in labeller.decisions:
        articles = _tagged(articles)
    labelled = list(judge(labeller, label, articles))
    if not labelled:
        raise SourceError(f"{path}: holds no article for which {label} is decided")
    return labelled


def _tagged(articles: Sequence[LabelledArticle]) -> list[LabelledArticle]:
    """Return the articles with their entities, as the pipeline finds them."""
    settings = Settings()
    enricher = build_enricher(
        tagger=settings.tagger, gazetteer=settings.gazetteer, taxonomy=None, stages=("entities",)
    )
    tagged = enricher.tag([labelled.article for labelled in articles])
    return [replace(labelled, article=article) for labelled, article in zip(articles, tagged, strict=True)]


def _select(assessments: Sequence[Assessment], name: str | None) -> list[Assessment]:
    """Return the label called `name`; else the labels that apply, best first; else the nearest label."""
    if name is not None:
        return [assessment for assessment in assessments if assessment.definition.label == name]
    ranked = sorted(assessments, key=lambda assessment: (-assessment.score, -assessment.raw))
    return [assessment for assessment in ranked if assessment.applies] or ranked[:1]


def _own_labels(folder: Path) -> list[LabelFile]:
    """Return the labels of the user's folder."""
    shipped = {label.label for label in load_taxonomy().labels}
    in_use = load_taxonomy(folder).labels
    own = [label for label in in_use if label.label not in shipped or label.replaces]
    if not own:
        raise TaxonomyError(f"{folder}: holds no label files; write one with `wireroom labels new NAME`")
    return own


def _own_file(folder: Path | None, label: str) -> Path:
    """Return the user's file of `label`."""
    for path in sorted(folder.glob("*.toml")) if folder else []:
        if read_label(path).label == label:
            return path
    raise TaxonomyError(f"{label}: you have no file of this label; copy the lines above into one")


def _rewrite(path: Path, change: Callable[[str], str]) -> None:
    """Replace the text of a label file, unless the new text would not be a label file."""
    text = change(path.read_bytes().decode())
    parse_label(text, str(path))
    try:
        path.write_bytes(text.encode())
    except OSError as error:
        raise TaxonomyError(f"{path}: cannot be written: {error.strerror}") from error
