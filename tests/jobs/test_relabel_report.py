"""How a relabelling counts what happened to each label."""

from __future__ import annotations

import json

import pytest

from streams.jobs.relabel_report import Change, LabelState, LabelStates, Relabelling


def state(labels: list[str], scores: dict[str, float | None]) -> LabelState:
    event = {"labels": [{"label": label} for label in labels], "scores": scores}
    read = LabelStates().read(json.dumps(event).encode())
    assert read is not None
    return read


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (state([], {"trams": 0.2}), state(["trams"], {"trams": 0.9}), Change(gained=1)),
        (state(["trams"], {"trams": 0.9}), state([], {"trams": 0.2}), Change(lost=1)),
        (state(["trams"], {"trams": 0.9}), state(["trams"], {"trams": 0.8}), Change(moved=1)),
        (state([], {"trams": 0.2}), state([], {"trams": 0.1}), Change(moved=1)),
        (state(["trams"], {"trams": 0.9}), state(["trams"], {"trams": 0.905}), Change(unchanged=1)),
        (state([], {"trams": None}), state([], {"trams": 0.4}), Change(unchanged=1)),
        (state([], {}), state([], {"trams": 0.4}), Change(unchanged=1)),
        (None, state(["trams"], {"trams": 0.9}), Change(gained=1)),
        (None, state([], {"trams": 0.1}), Change(unchanged=1)),
    ],
)
def test_a_label_is_gained_lost_moved_or_unchanged(before, after, change):
    report = Relabelling("hash")

    report.count(before, after, ["trams"])

    assert report.labels == {"trams": change}


def test_a_label_that_the_taxonomy_no_longer_has_is_lost():
    report = Relabelling("hash")

    report.count(state(["ferries"], {"ferries": 0.9}), state([], {"trams": 0.1}), ["trams"])

    assert report.labels == {"trams": Change(unchanged=1), "ferries": Change(lost=1)}


def test_an_article_with_the_same_bytes_is_left_alone():
    report, same = Relabelling("hash"), state(["trams"], {"trams": 0.9})

    report.count(same, same, ["trams"])
    report.count(same, state(["trams"], {"trams": 0.8}), ["trams"])

    assert (report.left_alone, report.written, report.articles) == (1, 1, 2)


@pytest.mark.parametrize("value", [None, b"", b"{", b"{}", b'{"labels": [], "scores": []}'])
def test_what_is_not_an_enriched_article_has_no_labels(value):
    assert LabelStates().read(value) is None


def test_articles_with_the_same_labels_share_them_in_memory():
    states = LabelStates()
    value = b'{"labels": [{"label": "trams"}], "scores": {"trams": 0.9, "parks": null}}'

    first, second = states.read(value), states.read(value)

    assert first is not None
    assert second is not None
    assert first.labels is second.labels
    assert first.scored is second.scored
