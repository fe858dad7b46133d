"""A company is one mention, with its ampersand, its legal form and the end of its genitive."""

from __future__ import annotations

import pytest

from tests.fakes.marked_text import mended


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[Hale|PER] & [Pratt|PER] fell.", ["Hale & Pratt|ORG"]),
        ("Staff of [Ann|PER] & [Rory|PER]'s struck.", ["Ann & Rory|ORG"]),
        ("[Moss|ORG] & Birch rose.", ["Moss & Birch|ORG"]),
        ("Shops of Bed [Bath|LOC] & [Beyond|MISC] shut.", ["Bed Bath & Beyond|ORG"]),
        ("Shops of [Levi|PER] [Strauss|PER] & [Co|ORG] shut.", ["Levi Strauss & Co|ORG"]),
        ("[Brighton|LOC] & [Hove Albion|LOC] lost.", ["Brighton & Hove Albion|ORG"]),
        ("[Trinidad|LOC] & [Tobago|LOC] voted.", ["Trinidad & Tobago|LOC"]),
        ("[Kent & Sons|ORG] grew.", ["Kent & Sons|ORG"]),
        ("[Hale|LOC] & [Hale|LOC] rose.", ["Hale & Hale|ORG"]),
        ("[China|LOC] & [Japan|LOC] met.", ["China|LOC", "Japan|LOC"]),
        ("[Ann Lee|PER] & [Bob Ray|PER] wed.", ["Ann Lee|PER", "Bob Ray|PER"]),
        (
            "[Lee|PER] & [Ray|PER] won. [Ann Lee|PER] and [Bob Ray|PER] wept.",
            ["Lee|PER", "Ray|PER", "Ann Lee|PER", "Bob Ray|PER"],
        ),
    ],
)
def test_a_company_with_an_ampersand_is_one_name_and_two_people_or_places_are_two(source, expected):
    assert mended(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[Zing|ORG]! [Inc.|ORG] grew.", ["Zing! Inc.|ORG"]),
        ("Zing! [Inc.|ORG] and [Apple Inc.|ORG] grew.", ["Zing! Inc.|ORG", "Apple Inc.|ORG"]),
        ("[Zing|PER], [Ltd|ORG] grew.", ["Zing, Ltd|ORG"]),
        ("[Zing|PER]! [Foods Inc.|ORG] grew.", ["Zing! Foods Inc.|ORG"]),
    ],
)
def test_a_legal_form_belongs_to_the_name_before_it(source, expected):
    assert mended(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Shares of [Moody|ORG]'s fell.", ["Moody's|ORG"]),
        ("Shares of [McDonald|ORG]’s fell.", ["McDonald’s|ORG"]),
        ("A shop of Trader [Joe|PER]'s shut.", ["Trader Joe's|ORG"]),
        ("[Ames|ORG]'s shares fell.", ["Ames|ORG"]),
        ("A [Sainsbury|LOC]'s was robbed.", ["Sainsbury's|ORG"]),
        ("[Leeds|LOC]'s mayor left.", ["Leeds|LOC"]),
        ("[Wendy|PER]'s car broke down.", ["Wendy|PER"]),
    ],
)
def test_a_company_whose_name_ends_as_a_genitive_has_all_of_it(source, expected):
    assert mended(source) == expected
