"""Why a label applies: each share, the sum, and the article with its evidence marked."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from streams.cli.render.assessments import explanation, measures_line, mistake_lines
from streams.enrich.labels.calibration import measure
from streams.enrich.labels.gold import Judged
from streams.enrich.labels.label_file import LabelFile
from streams.enrich.labels.labeller import Assessment
from streams.enrich.labels.scoring import FileScore, Share
from streams.events import TaggedArticle

TEXT = "Envoys signed a treaty\n\nThe film about a treaty won."
ARTICLE = TaggedArticle(text=TEXT, headline="Envoys signed a treaty", entities=[])
SHARES = [Share(0, 6, 3.0), Share(16, 22, 1.5), Share(28, 32, -0.5)]


def assessment(score: float, shares: list[Share] = SHARES) -> Assessment:
    definition = LabelFile(label="diplomacy", phrases={"treaty": 1.0}, threshold=0.5)
    return Assessment(definition, FileScore(4.25, shares, {"similarity": 0.25}), score, short=True)


def explained(*assessments: Assessment) -> str:
    out = io.StringIO()
    Console(file=out, width=100, highlight=False).print(explanation(ARTICLE, assessments))
    return out.getvalue()


@pytest.mark.parametrize(
    ("score", "verdict"),
    [(0.9, "diplomacy  0.9000, applies"), (0.4, "diplomacy  0.4000, does not apply")],
)
def test_the_heading_says_whether_the_label_applies(score, verdict):
    assert f"{verdict}: the threshold is 0.5" in explained(assessment(score))


@pytest.mark.parametrize(
    "row",
    ["+3.0000 Envoys 0-6", "-0.5000 film 28-32", "+0.2500 similarity the text as a whole", "4.2500 sum"],
)
def test_every_share_and_the_sum_have_a_row(row):
    rows = [" ".join(line.split()) for line in explained(assessment(0.9)).splitlines()]

    assert any(line.startswith(row) for line in rows)


def test_evidence_is_in_brackets_in_the_article():
    marked = explained(assessment(0.9)).split("sum", 1)[1]

    assert "[Envoys] signed a [treaty]" in marked
    assert "The [film] about a treaty won." in marked


def test_evidence_of_two_labels_that_overlaps_is_marked_once():
    marked = explained(assessment(0.9), assessment(0.9, [Share(3, 13, 1.0)]))

    assert "[Envoys] signed a [treaty]" in marked


def test_a_mistake_is_shown_with_its_greatest_weights_first():
    lines = mistake_lines(Judged(ARTICLE, False, assessment(0.9)))

    assert lines.splitlines() == [
        "  does not have it, score 0.9000: Envoys signed a treaty",
        "      Envoys +3.00, treaty +1.50, film -0.50, similarity +0.25",
    ]


def test_the_measures_say_on_how_many_articles():
    truths = [True, True, False, False]

    line = measures_line("diplomacy", measure([0.9, 0.4, 0.8, 0.1], truths, 0.5), truths, 0.5)

    assert line.startswith(
        "diplomacy: 4 articles, 2 of them positive, threshold 0.5: precision 0.500, recall 0.500, F1 0.500"
    )
