"""A surname that the article treats as a company is a company."""

from __future__ import annotations

import pytest

from streams.enrich.entities.companies import find_companies
from tests.fakes.marked_text import parse_marks


@pytest.mark.parametrize(
    "source",
    [
        "[Morton|PER] said that its new pill had failed in a trial. Shares of the drugmaker fell.",
        "[Morton|PER] will close a plant in Ohio, where it makes bags. It employs 900 people.",
        "[Morton|PER] raised its dividend on Monday.",
        "Shares in [Morton|PER] fell on Monday.",
        "[Morton|PER], a maker of bags, left Ohio.",
        "[Morton|PER] recalled 9,000 hips on Monday. The company said that nobody had been hurt.",
        "The drugmaker [Morton|PER] left Ohio.",
        "[Morton|PER]'s shareholders met on Monday.",
        "[Morton|PER] is building a factory. [Morton|PER] has doubled its sales.",
    ],
)
def test_a_name_that_has_shares_or_is_it_is_a_company(source):
    assert find_companies(*parse_marks(source)) == {"Morton"}


@pytest.mark.parametrize(
    "source",
    [
        "[Morton|PER] said that it would rain.",
        "[Morton|PER] said that she would close the factory.",
        "[Anna Morton|PER] left. [Morton|PER] raised its dividend.",
        "[Morton|PER] thanked the [Central Bank|ORG]. The bank raised its forecast, analysts said.",
        "President [Morton|PER] said that its shares were dear. The company fell.",
        "[Morton|PER], who owns a factory, sold its shares.",
    ],
)
def test_a_name_that_may_be_a_persons_is_not_a_company(source):
    assert find_companies(*parse_marks(source)) == set()
