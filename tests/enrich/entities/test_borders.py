"""A name is one mention, whatever marks stand in it, and what only looks like a name is none."""

from __future__ import annotations

import pytest

from streams.enrich.entities.borders import mend_borders
from streams.enrich.entities.linking.tables import load_tables
from tests.fakes.marked_text import parse_marks


def mended(source: str) -> list[str]:
    """Return the mentions of a text with marks after mending, as `name|TYPE`."""
    text, spans = parse_marks(source)
    return [f"{text[s.start : s.end]}|{s.type}" for s in mend_borders(text, spans, load_tables())]


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
        ("in [Ashby|LOC]-upon-[Wold|PER].", ["Ashby-upon-Wold|LOC"]),
        ("in [Brive|PER]-la-Gaillarde.", ["Brive-la-Gaillarde|LOC"]),
        ("in Ashby-upon-Wold's church.", ["Ashby-upon-Wold|LOC"]),
        ("in [Saint-Ay|LOC]-du-[Bois|LOC].", ["Saint-Ay-du-Bois|LOC"]),
        ("in [Aix-les-Bains|ORG].", ["Aix-les-Bains|LOC"]),
        ("[Rosa|PER]-[Lena Brandt|ORG]-[Kohl|LOC]'s shop", ["Rosa-Lena Brandt-Kohl|PER"]),
        ("[Mary Ames|PER]-Stone won.", ["Mary Ames-Stone|PER"]),
        ("[Union Saint|ORG]-Albin won.", ["Union Saint-Albin|ORG"]),
        ("a [US|LOC]-[China|LOC] deal", ["US|LOC", "China|LOC"]),
        ("the [Ames|PER]-[Stone|PER] debate", ["Ames|PER", "Stone|PER"]),
        ("a [New York|LOC]-[London|LOC] flight", ["New York|LOC", "London|LOC"]),
        ("an [Oslo|LOC]-based firm", ["Oslo|LOC"]),
    ],
)
def test_a_hyphen_joins_the_parts_of_a_name_but_not_two_names(source, expected):
    assert mended(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[Ann Lee|PER], [R.N.|ORG], spoke.", ["Ann Lee|PER"]),
        ("[Ann Lee|PER], [R.D.|LOC], [L.D.|LOC], spoke.", ["Ann Lee|PER"]),
        ("[Ann Lee|PER], [M.D.|ORG], spoke.", ["Ann Lee|PER"]),
        ("It was [Ann Lee|PER], [MD|LOC]. She left.", ["Ann Lee|PER"]),
        ("[Ann Lee, Ph.D.|PER], spoke.", ["Ann Lee|PER"]),
        ("[Ann Lee|PER], [F.A.C.S.|ORG], spoke.", ["Ann Lee|PER"]),
        ("[Ann Lee|PER], [U.S.|LOC] envoy, spoke.", ["Ann Lee|PER", "U.S.|LOC"]),
        ("[Ann Lee|PER], [D.C.|LOC] mayor, spoke.", ["Ann Lee|PER", "D.C.|LOC"]),
        ("[Dover|LOC], [Md.|LOC], froze.", ["Dover|LOC", "Md.|LOC"]),
    ],
)
def test_a_degree_after_a_persons_name_is_no_name(source, expected):
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
        ("[Paris|LOC] [Saint-Germain|PER] won.", ["Paris Saint-Germain|ORG"]),
        ("Borussia [Ashby|LOC] won.", ["Borussia Ashby|ORG"]),
        ("[Borussia|LOC] [Ashby|LOC] won.", ["Borussia Ashby|ORG"]),
        ("[Hapoel Tel Aviv|LOC] won.", ["Hapoel Tel Aviv|ORG"]),
        ("[Luton|LOC] Town won.", ["Luton Town|ORG"]),
        ("[Bolton Wanderers|PER] won.", ["Bolton Wanderers|ORG"]),
        ("[Paris|LOC] [Mayor|PER] left.", ["Paris|LOC", "Mayor|PER"]),
        ("[Quebec City|LOC] froze.", ["Quebec City|LOC"]),
    ],
)
def test_a_club_has_the_name_of_its_town_and_more(source, expected):
    assert mended(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Shares of [Moody|ORG]'s fell.", ["Moody's|ORG"]),
        ("Shares of [McDonald|ORG]’s fell.", ["McDonald’s|ORG"]),
        ("A shop of Trader [Joe|PER]'s shut.", ["Trader Joe's|ORG"]),
        ("[Ames|ORG]'s shares fell.", ["Ames|ORG"]),
        ("[Wendy|PER]'s car broke down.", ["Wendy|PER"]),
    ],
)
def test_a_company_whose_name_ends_as_a_genitive_has_all_of_it(source, expected):
    assert mended(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Athletic [Bilbao|PER] won.", ["Athletic Bilbao|ORG"]),
        ("AC [Milan|LOC] won.", ["AC Milan|ORG"]),
        ("Real [Americans|MISC] vote.", ["Americans|MISC"]),
        ("Inter [Brandt-Kohl|PER] won.", ["Brandt-Kohl|PER"]),
    ],
)
def test_a_word_of_clubs_before_a_town_belongs_to_the_club(source, expected):
    assert mended(source) == expected
