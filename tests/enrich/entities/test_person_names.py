"""A short name of a person means the person in the article whose full name it fits."""

from __future__ import annotations

import pytest

from tests.fakes.marked_text import clusters


@pytest.mark.parametrize(
    ("source", "forms"),
    [
        ("[John F. Kerry|PER] spoke. Mr [Kerry|PER] left.", {"John F. Kerry": ["John F. Kerry", "Kerry"]}),
        ("[Joseph Biden|PER] spoke. [Joe Biden|PER] left.", {"Joseph Biden": ["Joseph Biden", "Joe Biden"]}),
    ],
)
def test_a_short_name_of_a_person_joins_the_full_name(source, forms):
    assert clusters(source) == forms


def test_a_surname_that_two_people_share_goes_to_the_one_whose_honorific_fits():
    source = "Mr [Diego Castro|PER] met Ms [Elena Castro|PER]. Mr [Castro|PER] left. Ms [Castro|PER] stayed."

    assert clusters(source) == {
        "Diego Castro": ["Diego Castro", "Castro"],
        "Elena Castro": ["Elena Castro", "Castro"],
    }


def test_a_surname_that_two_people_share_goes_to_the_one_named_last():
    source = "[Ana Lee|PER] met [Bo Lee|PER]. [Lee|PER] spoke. [Ana Lee|PER] agreed, and [Lee|PER] left."

    assert clusters(source) == {"Ana Lee": ["Ana Lee", "Ana Lee", "Lee"], "Bo Lee": ["Bo Lee", "Lee"]}


def test_a_surname_by_which_the_text_calls_one_person_stays_with_that_person():
    source = "[Ana Lee|PER] spoke. [Lee|PER] smiled. [Bo Lee|PER] left. [Lee|PER] wept."

    assert clusters(source) == {"Ana Lee": ["Ana Lee", "Lee", "Lee"], "Bo Lee": ["Bo Lee"]}


def test_a_surname_in_the_headline_is_the_first_persons():
    source = "[Lee|PER] wins\n\n[Ana Lee|PER] won, and [Bo Lee|PER] wept. [Lee|PER] smiled."

    assert clusters(source) == {"Ana Lee": ["Lee", "Ana Lee", "Lee"], "Bo Lee": ["Bo Lee"]}


@pytest.mark.parametrize(
    "source",
    [
        "[Lee|PER] spoke. [Ana Lee|PER] and [Bo Lee|PER] wept. [Lee|PER] left.",
        "[Lee|PER]'s doctor spoke. His wife, [Ana Lee|PER], wept. [Lee|PER] left.",
        "[Lee|PER] spoke.\n\n[Ana Lee|PER] and [Bo Lee|PER] wept.\n\n[Lee|PER] left.",
        "[Lee|PER] spoke beside [Bo Lee Jr.|PER] and [Ana Lee|PER]. [Lee|PER] left.",
    ],
)
def test_a_surname_that_stands_before_the_names_of_a_family_is_another_persons(source):
    assert clusters(source)["Lee"] == ["Lee", "Lee"]


def test_a_surname_that_stands_before_one_full_name_is_that_persons():
    source = "[Lee|PER] was held. [Ana Lee|PER], a driver, denied it. [Lee|PER] left."

    assert clusters(source) == {"Ana Lee": ["Lee", "Ana Lee", "Lee"]}


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("[Bo Lee|PER] spoke. [Bo Lee Jr.|PER] left.", ["Bo Lee", "Bo Lee Jr."]),
        ("[Bo Lee Jr.|PER] left. His father, [Bo Lee|PER], spoke.", ["Bo Lee Jr.", "Bo Lee"]),
        ("[Bo Lee Jr.|PER] left. [Bo Lee|PER] was born in 1929.", ["Bo Lee Jr."]),
    ],
)
def test_a_father_and_a_son_of_one_name_are_two_people(source, names):
    assert list(clusters(source)) == names


def test_a_surname_of_two_words_that_stands_before_a_family_is_another_persons():
    source = "[Le Roy|PER] lost. Her niece, [Ana Le Roy|PER], and [Bo Le Roy|PER] wept. [Le Roy|PER] left."

    assert clusters(source)["Le Roy"] == ["Le Roy", "Le Roy"]


@pytest.mark.parametrize(
    "source",
    [
        "[Ana Lee|PER] spoke. [Bo Lee|PER] wept. [Lee|PER] left.",
        "[Ana Lee|PER] came with [Bo Lee|PER]. [Lee|PER] left.",
        "[Ana Lee|PER] and her son, [Bo Lee|PER], came. [Lee|PER] left.",
    ],
)
def test_a_surname_is_the_first_persons_where_the_other_is_only_company(source):
    assert clusters(source) == {"Ana Lee": ["Ana Lee", "Lee"], "Bo Lee": ["Bo Lee"]}
