"""Labelled articles are read from JSON Lines, and what cannot be used is named by file and line."""

from __future__ import annotations

import gzip

import pytest

from streams.enrich.labels.calibration import fit
from streams.enrich.labels.gold import Judged, fit_calibrations, read_labelled
from streams.enrich.labels.label_file import Calibrations, LabelFile
from streams.enrich.labels.labeller import Assessment
from streams.enrich.labels.scoring import FileScore
from streams.errors import SourceError
from streams.events import TaggedArticle

LINE = '{"text": "The ice melts.", "headline": "Summer", "labels": ["climate"], "ambiguous": ["energy"]}\n'


def judged(raw: float, truth: bool, *, short: bool) -> Judged:
    definition = LabelFile(label="chess", phrases={"chess": 1.0})
    article = TaggedArticle(text="Chess.", entities=[])
    return Judged(article, truth, Assessment(definition, FileScore(raw, [], {}), 0.5, short))


@pytest.mark.parametrize("name", ["gold.jsonl", "gold.jsonl.gz"])
def test_a_line_is_an_article_with_its_labels(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(gzip.compress(LINE.encode()) if name.endswith("gz") else LINE.encode())

    (labelled,) = read_labelled(path)

    assert labelled.article.text == "Summer\n\nThe ice melts."
    assert labelled.labels == {"climate"}
    assert labelled.ambiguous == {"energy"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "is not valid JSON"),
        ('{"labels": []}', "needs a field `text`, which is text"),
        ('{"text": "Rates rise."}', 'labels must be a list of labels, such as ["climate"], not None'),
        ('{"text": "Rates rise.", "labels": "climate"}', "labels must be a list of labels"),
        ('{"text": "Rates rise.", "labels": [], "ambiguous": 1}', "ambiguous must be a list of labels"),
    ],
)
def test_a_line_that_cannot_be_used_is_named_with_the_reason(tmp_path, line, reason):
    path = tmp_path / "gold.jsonl"
    path.write_text(f"{LINE}\n{line}\n")

    with pytest.raises(SourceError) as refused:
        read_labelled(path)

    assert str(refused.value).startswith(f"{path}:3: ")
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("content", "reason"), [(b"\xff", "is not UTF-8"), (None, "No such file or directory")]
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, content, reason):
    path = tmp_path / "gold.jsonl"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(SourceError, match=reason) as refused:
        read_labelled(path)

    assert str(path) in str(refused.value)


def test_short_and_long_texts_are_calibrated_apart_and_too_few_keep_the_calibration():
    raws = [0.2, 0.5, 0.8, 1.0, 1.2, 4.0, 5.0, 6.0, 7.0, 8.0]
    long = [judged(raw, raw > 2, short=False) for raw in raws]
    current = Calibrations()

    fitted = fit_calibrations([*long, judged(9.0, True, short=True)], current)

    assert fitted.long == fit(raws, [raw > 2 for raw in raws]) != current.long
    assert fitted.short == current.short
