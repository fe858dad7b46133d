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
