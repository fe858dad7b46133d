"""A club is one mention, with the name of its town."""

from __future__ import annotations

import pytest

from tests.fakes.marked_text import mended


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[Paris|LOC] [Saint-Germain|PER] won.", ["Paris Saint-Germain|ORG"]),
        ("Borussia [Ashby|LOC] won.", ["Borussia Ashby|ORG"]),
        ("[Borussia|LOC] [Ashby|LOC] won.", ["Borussia Ashby|ORG"]),
        ("[Hapoel Tel Aviv|LOC] won.", ["Hapoel Tel Aviv|ORG"]),
        ("[Luton|LOC] Town won.", ["Luton Town|ORG"]),
        ("[Bolton Wanderers|PER] won.", ["Bolton Wanderers|ORG"]),
        ("[RB Leipzig|PER] won.", ["RB Leipzig|ORG"]),
        ("[Galatasaray|PER] won.", ["Galatasaray|ORG"]),
        ("[Sheffield|LOC] Wednesday won.", ["Sheffield Wednesday|ORG"]),
        ("in [Sheffield|LOC] Wednesday night", ["Sheffield|LOC"]),
        ("[Paris|LOC] [Mayor|PER] left.", ["Paris|LOC", "Mayor|PER"]),
        ("[Quebec City|LOC] froze.", ["Quebec City|LOC"]),
    ],
)
def test_a_club_has_the_name_of_its_town_and_more(source, expected):
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
