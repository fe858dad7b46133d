"""The labels of an article, each with its colour and its evidence."""

from __future__ import annotations

import re

from streams.events import Evidence
from tests.cli.render.blocks import enriched, shown


def test_a_label_has_the_same_colour_in_every_article():
    first = enriched()
    label = first.labels[0].model_copy(update={"label": "diplomacy", "evidence": []})
    both = enriched(labels=[label, *first.labels])

    outputs = [shown(article, colour="truecolor") for article in (first, both)]

    alone, beside = [re.findall(r"\x1b\[([\d;]+)m climate ", output) for output in outputs]
    assert len(alone) == 1
    assert alone == beside


def test_an_article_without_a_label_shows_its_scores():
    assert "no label (climate 0.980, diplomacy 0.200)" in shown(enriched(labels=[]))


def test_the_strongest_evidence_comes_first_and_repetitions_are_counted():
    places = [("treaty", 1.0), ("Envoy", 3.0), ("envoy", 1.5), ("weather", -2.0)]
    evidence = [Evidence(start=0, end=len(text), text=text, weight=weight) for text, weight in places]
    label = enriched().labels[0].model_copy(update={"evidence": evidence})

    assert "Envoy ×2, against: weather, treaty" in shown(enriched(labels=[label]))


def test_a_label_has_two_lines_of_evidence_however_long_it_is():
    spans = [f"span {number} " + "of many words " * 3 for number in range(6)]
    evidence = [Evidence(start=0, end=len(text), text=text, weight=1.0) for text in spans]
    label = enriched().labels[0].model_copy(update={"evidence": evidence})

    output = " ".join(shown(enriched(labels=[label])).split())

    assert "span 2 of many words of many words of many words, …" in output
    assert "span 3" not in output


def test_an_article_in_another_language_shows_no_score():
    text = shown(enriched(labels=[], scores={"climate": None}))

    assert "no label\n" in text
