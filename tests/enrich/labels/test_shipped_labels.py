"""What the shipped labels make of texts that name a subject in order to say something else."""

from __future__ import annotations

import pytest

from streams.enrich.labels import load_labeller
from streams.events import TaggedArticle


@pytest.fixture(scope="module")
def labeller():
    return load_labeller()


def given(labeller, text):
    (article,) = labeller.label([TaggedArticle(article_id="a", text=text, language="en", entities=[])])
    return {label.label for label in article.labels}


@pytest.mark.parametrize(
    "text",
    [
        "The dispute over the bell has nothing to do with climate change, the sexton said. It rings early.",
        "The play is not about global warming, its author insisted. It is about two brothers and a piano.",
    ],
)
def test_a_text_that_is_said_not_to_be_about_climate_change_is_not_about_it(labeller, text):
    assert "climate" not in given(labeller, text)


def test_a_quarrel_about_climate_change_is_about_it_whoever_denies_it(labeller):
    text = (
        "Senator Roy Dale told the chamber that the fires had nothing to do with climate change. Scientists "
        "at once disagreed: warming has dried the forests, and emissions must fall."
    )

    assert "climate" in given(labeller, text)
