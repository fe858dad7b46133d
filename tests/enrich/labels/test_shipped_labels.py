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


@pytest.mark.parametrize(
    "text",
    [
        "Viewers voted the baker from Leeds out of the cooking show on Sunday. The four finalists go on.",
        "The jury elected a new Miss Vineyard on Friday. Nine candidates had campaigned for the crown.",
    ],
)
def test_a_contest_is_no_election(labeller, text):
    assert "elections" not in given(labeller, text)


@pytest.mark.parametrize(
    "text",
    [
        "The director weathered a storm of criticism at the theatre. A flood of letters reached the stage.",
        "The column caused a political earthquake, and a flood of complaints swamped the editors on Tuesday.",
    ],
)
def test_a_storm_of_words_is_no_disaster(labeller, text):
    assert "disasters" not in given(labeller, text)


def test_talks_on_pay_are_no_diplomacy(labeller):
    text = (
        "Talks between the hospital doctors and their employers broke off on Monday. The union asks "
        "for nine per cent; a mediator will try again next week, and a strike may follow."
    )

    assert "diplomacy" not in given(labeller, text)


def test_a_count_of_votes_and_a_flood_of_water_are_what_they_are(labeller):
    election = (
        "Voters chose a new president on Sunday. The candidates spoke of fraud, and a recount may follow."
    )
    flood = "A flood swept through the valley after the storm. Rescuers searched for the missing in boats."

    assert "elections" in given(labeller, election)
    assert "disasters" in given(labeller, flood)
