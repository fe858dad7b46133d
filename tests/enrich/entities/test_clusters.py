"""Mentions of one thing form one cluster under its fullest name, and those of two things form two."""

from __future__ import annotations

import pytest

from tests.fakes.marked_text import clusters


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("[Feld|PER] left. [Anna Feld|PER] will return, and [Feld|PER] will speak.", "Anna Feld"),
        ("[Sen. Anna Feld|PER] left.", "Anna Feld"),
        ("[Goldman|ORG] fell. [Goldman Sachs|ORG] rose.", "Goldman Sachs"),
        ("[Iraqis|MISC] voted. The [Iraqi|MISC] poll and the [Iraqi|MISC] press.", "Iraqi"),
    ],
)
def test_a_cluster_has_the_fullest_name_without_titles_and_a_people_the_most_frequent(source, name):
    assert list(clusters(source)) == [name]


def test_a_country_does_not_join_a_person_of_that_name():
    source = "[Jordan|LOC] hosts the game. [Michael Jordan|PER] scored, and [Jordan|PER] left."

    assert clusters(source) == {"Jordan": ["Jordan"], "Michael Jordan": ["Michael Jordan", "Jordan"]}


def test_clusters_are_in_the_order_of_their_first_mentions():
    source = "[Oslo|LOC] waits. [Anna Feld|PER] flew to [Oslo|LOC] from [Lima|LOC]."

    assert list(clusters(source)) == ["Oslo", "Anna Feld", "Lima"]


def test_a_text_without_mentions_has_no_clusters():
    assert clusters("It rained.") == {}
