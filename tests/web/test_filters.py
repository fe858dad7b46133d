"""Which articles a viewer gets."""

from __future__ import annotations

import pytest
from multidict import MultiDict

from streams.web.article import read_article
from streams.web.filters import Filter
from tests.web.articles import enriched, record, story

EVENT = enriched()
ARTICLE = read_article(record(EVENT))
ARTICLE.join(story(EVENT, "s1"))


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"label": "diplomacy"},
        {"entity": "ada lind"},
        {"entity": "Ada  Lind"},
        {"entity": "Q26793"},
        {"publisher": "HARBOUR POST"},
        {"language": "EN"},
        {"story": "s1"},
        {"q": "HARBOUR dispute"},
        {"q": "lind"},
        {"q": "post"},
        {"label": "", "q": "  "},
        {"label": "diplomacy", "entity": "Bergen", "q": "dawn", "unknown": "x"},
    ],
)
def test_an_article_that_fits_is_admitted(query):
    assert Filter.of(MultiDict(query)).admits(ARTICLE)


@pytest.mark.parametrize(
    "query",
    [
        {"label": "climate"},
        {"label": "diplo"},
        {"entity": "Ada"},
        {"entity": "Lind\nBergen"},
        {"publisher": "Post"},
        {"language": "de"},
        {"story": "s2"},
        {"q": "harbour volcano"},
        {"label": "diplomacy", "language": "de"},
    ],
)
def test_an_article_that_does_not_fit_is_left_out(query):
    assert not Filter.of(MultiDict(query)).admits(ARTICLE)


def test_any_of_several_values_of_one_field_may_match():
    query = MultiDict([("label", "climate"), ("label", "diplomacy")])

    assert Filter.of(query).admits(ARTICLE)


def test_the_text_of_an_older_article_is_searched_as_well():
    article = read_article(record(enriched()))
    article.plain = None

    assert Filter.of(MultiDict(q="dawn")).admits(article)
    assert not Filter.of(MultiDict(q="volcano")).admits(article)


def test_a_filter_that_is_too_long_is_rejected():
    with pytest.raises(ValueError, match="filter q"):
        Filter.of(MultiDict(q="x" * 501))
