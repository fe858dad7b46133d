"""The words around a country's name tell its team and its language from the country itself."""

from __future__ import annotations

import pytest

from streams.enrich.entities.linking.senses import Senses
from tests.enrich.entities.linking.ids import ids


@pytest.mark.parametrize(
    "source",
    [
        "[Brazil|LOC] captain Ana Prado scored a late goal to beat the hosts.",
        "[Brazil|ORG] won the World Cup final.",
        "The book is out in [Spanish|MISC].",
        "He speaks no [Spanish|MISC] and left.",
        "It was translated into [French|MISC], [Italian|MISC] and [Turkish|MISC] last year.",
        "[Italy|LOC] arrived having won the last three world titles.",
        "They host [Brazil|LOC] vs [Croatia|LOC] in May.",
        "[Ohio|LOC] defeated [Iowa|LOC] last year.",
        "He was hurt in the game against [Mexico|LOC].",
        "[Spanish|MISC] is the primary communication language of the group.",
    ],
)
def test_a_name_that_means_a_team_or_a_language_has_no_id(tables, source):
    assert set(map(str, ids(tables, source).values())) == {"{}"}


def test_a_country_in_a_sports_report_is_linked_where_the_text_means_the_place(tables):
    found = ids(tables, "The league match was played in [France|LOC] before the coach left.")

    assert found["France"]["iso3166"] == "FR"


@pytest.mark.parametrize(
    "text",
    [
        "The home team won the match after its striker scored a goal.",
        "She won the tennis final in three sets.",
    ],
)
def test_a_text_with_the_words_of_a_match_is_a_sports_report(text):
    assert Senses(text).is_sport


def test_a_single_sport_word_in_a_long_story_does_not_make_it_a_sports_report():
    story = "The ministers spoke of the border and the price of grain. " * 40

    assert not Senses(f"{story} One of them had been a striker.").is_sport


@pytest.mark.parametrize(
    "source",
    [
        "The captain of the ferry was held in [Malta|LOC] on Monday. [Malta|LOC] wants to try him.",
        "[Norway|LOC] missed its goal for cleaner air, the minister said.",
        "Police in [Peru|LOC] sent a squad to the mine. [Peru|LOC] has closed it.",
        "The Arab League met on [Syria|LOC]. [Syria|LOC] stayed away.",
        "[Malta|LOC]'s captain was held. The ferry left [Malta|LOC] late, and [Malta|LOC] wants to try him.",
    ],
)
def test_one_word_of_sport_does_not_cost_a_country_its_id(tables, source):
    assert all("iso3166" in found for found in ids(tables, source).values())


def test_a_score_makes_a_sports_report_of_a_single_word():
    assert Senses("Kenya beat Ghana 3-1 on Monday.").is_sport
    assert not Senses("Kenya beat its record for tea on Monday.").is_sport
