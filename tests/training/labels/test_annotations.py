"""The annotations can be used, are counted rightly on their page, and hold no word of public texts."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from streams.enrich.labels.taxonomy import load_taxonomy
from streams.training.labels.decisions import (
    ANNOTATIONS,
    READINGS,
    RIGHTS,
    RIGHTS_READINGS,
    SECOND_READINGS,
    WRITTEN,
    Decision,
    agreement,
    close,
    read_decisions,
)

LABELS = {label.label for label in load_taxonomy().labels}
POINTING = (READINGS, RIGHTS_READINGS, SECOND_READINGS)
WRITTEN_FILES = sorted(WRITTEN.glob("*.jsonl"))


def rows(*paths: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("path", [*POINTING, *WRITTEN_FILES], ids=lambda path: path.name)
def test_labels_are_shipped_ones_and_none_is_both_firm_and_ambiguous(path):
    decided = rows(path)

    assert decided
    assert {label for row in decided for label in (*row["labels"], *row["ambiguous"])} <= LABELS
    assert [row["id"] for row in decided if set(row["labels"]) & set(row["ambiguous"])] == []


@pytest.mark.parametrize("path", POINTING, ids=lambda path: path.name)
def test_decisions_on_public_texts_hold_nothing_but_ids_and_labels(path):
    decided = rows(path)

    assert {tuple(sorted(row)) for row in decided} == {("ambiguous", "id", "labels")}
    assert [row["id"] for row in decided if re.search(r"\s", row["id"]) or len(row["id"]) > 120] == []


def test_each_id_occurs_once():
    for paths in ((READINGS,), (RIGHTS_READINGS,), (SECOND_READINGS,), WRITTEN_FILES):
        counts = Counter(row["id"] for row in rows(*paths))

        assert [id_ for id_, count in counts.items() if count > 1] == []


def test_written_texts_have_text_and_a_kind():
    written = rows(*WRITTEN_FILES)

    assert [
        row["id"] for row in written if not row["text"].strip() or not isinstance(row["title"], str)
    ] == []
    assert {row["kind"] for row in written} == {"world", "misleading"}


def test_the_page_of_the_annotations_counts_them_rightly():
    page = (ANNOTATIONS / "README.md").read_text(encoding="utf-8")
    counted = [
        Counter(label for row in rows(*paths) for label in row[field])
        for paths in ((READINGS,), WRITTEN_FILES)
        for field in ("labels", "ambiguous")
    ]

    stated = re.findall(r"^\| ([a-z-]+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", page, re.MULTILINE)

    assert stated == [(label, *(str(counts[label]) for counts in counted)) for label in sorted(LABELS)]


def test_the_page_counts_the_later_readings_rightly():
    page = " ".join((ANNOTATIONS / "README.md").read_text(encoding="utf-8").split())
    decided = rows(RIGHTS_READINGS)
    given = sum(row["labels"] == [RIGHTS] for row in decided)

    assert all(row["labels"] in ([], [RIGHTS]) and row["ambiguous"] == [] for row in decided)
    assert f"{given} were given the label and {len(decided) - given} were not" in page


def decision(labels="", ambiguous="", id_="a"):
    return Decision(id_, frozenset(labels.split()), frozenset(ambiguous.split()))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (decision("climate"), decision("climate"), (1, 1, 0, 0, 0)),
        (decision("climate"), decision("trade"), (0, 0, 2, 0, 0)),
        (decision("climate", "trade"), decision("", "trade"), (0, 0, 1, 1, 0)),
        (decision("climate"), decision("", "climate"), (0, 1, 0, 0, 1)),
        (decision("climate"), decision("climate", id_="b"), (0, 0, 0, 0, 0)),
    ],
)
def test_two_readings_agree_where_both_are_firm_and_the_same(first, second, expected):
    assert agreement([first], [second], ("climate", "trade")) == expected


@pytest.mark.parametrize(
    ("first", "later", "expected"),
    [
        (decision("climate", "trade"), decision("trade"), decision("climate trade")),
        (decision("climate", "trade"), decision(), decision("climate")),
        (decision("climate", "trade"), decision("", "trade"), decision("climate", "trade")),
        (decision("climate", "trade"), decision("trade", id_="b"), decision("climate", "trade")),
        (decision("climate", "trade health"), decision("trade health"), decision("climate trade", "health")),
        (decision("trade"), decision(), decision("trade")),
        (decision(), decision("trade"), decision()),
    ],
)
def test_a_later_reading_closes_what_was_open_and_changes_nothing_else(first, later, expected):
    assert close([first], [later], "trade") == [expected]


def test_a_file_of_decisions_may_have_other_fields(tmp_path):
    path = tmp_path / "decisions.jsonl"
    path.write_text('{"id": "a", "source": "abp_news", "labels": ["climate"], "ambiguous": []}\n')

    assert read_decisions(path) == [decision("climate")]
