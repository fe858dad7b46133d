"""Figures count the labels that readers decided on, and nothing else."""

from __future__ import annotations

import pytest

from streams.enrich.labels.gold import LabelledArticle
from streams.events import TaggedArticle
from streams.training.labels.figures import Tally, false_alarms, tally, total


def labelled(labels="", ambiguous=""):
    article = TaggedArticle(text="Ice melts", language="en", entities=[])
    return LabelledArticle(article, frozenset(labels.split()), frozenset(ambiguous.split()))


def test_a_label_is_right_wrong_or_missed_and_an_ambiguous_one_is_not_counted():
    articles = [labelled("climate"), labelled("trade"), labelled("climate"), labelled("", "climate")]
    given = [{"climate"}, {"climate", "trade"}, set(), {"climate"}]

    assert tally("climate", articles, given) == Tally(right=1, wrong=1, missed=1)


@pytest.mark.parametrize(
    ("counted", "expected"),
    [
        (Tally(3, 1, 2), (0.75, 0.6, 2 / 3)),
        (Tally(0, 2, 1), (0, 0, 0)),
        (Tally(0, 0, 0), (1, 1, 1)),
    ],
)
def test_precision_recall_and_f1_follow_from_the_counts(counted, expected):
    assert (counted.precision, counted.recall, counted.f1) == pytest.approx(expected)


def test_the_total_weighs_each_given_label_alike():
    assert total([Tally(1, 2, 3), Tally(4, 5, 6)]) == Tally(5, 7, 9)


def test_a_false_alarm_is_a_label_on_a_text_that_has_none():
    articles = [labelled(), labelled(), labelled("trade"), labelled("", "climate")]
    given = [{"climate"}, set(), {"climate"}, {"climate"}]

    assert false_alarms("climate", articles, given) == (1, 2)
