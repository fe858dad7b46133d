"""The words beside a name tell a place from the person or the company of that name."""

from __future__ import annotations

import pytest

from streams.enrich.entities.linking.locations import LocationReader
from streams.enrich.entities.linking.tables import load_tables
from streams.enrich.entities.readings import settle_readings
from streams.events import EntityType
from tests.fakes.marked_text import parse_marks


def types(source: str, name: str) -> list[str]:
    """Return the types of the mentions of a name in a text with marks."""
    text, spans = parse_marks(source)
    settled = settle_readings(text, spans, spans, load_tables(), LocationReader(text, load_tables()))
    return [str(s.type) for s in settled if text[s.start : s.end] == name]


@pytest.mark.parametrize(
    ("source", "name", "expected"),
    [
        ("[Ann Jordan|PER] flew to [Jordan|PER] and spoke in [Jordan|PER].", "Jordan", ["LOC", "LOC"]),
        ("[Ann Jordan|PER] left. [Jordan|LOC], who is 27, wept.", "Jordan", ["PER"]),
        ("[Ann Jordan|PER] left, but [Jordan|LOC] came back.", "Jordan", ["PER"]),
        ("[Ann Jordan|PER] met envoys of [Syria|LOC] and [Jordan|PER].", "Jordan", ["LOC"]),
        ("[Ann Jordan|PER] met [Jordan|PER]'s prime minister.", "Jordan", ["LOC"]),
        ("[Ann London|PER] knew the slums of [London|PER].", "London", ["LOC"]),
        ("[Ann London|PER] sold [London|PER], the capital, a bridge.", "London", ["LOC"]),
        ("[Ann Jackson|PER] left [Jackson|PER], Mississippi.", "Jackson", ["LOC"]),
        ("[Ann Walker|PER] hid it in [Walker|PER]'s coat.", "Walker", ["PER"]),
        ("[Ann Jordan|PER] won. Fans believe in [Jordan|PER].", "Jordan", ["PER"]),
        ("[Paris Moss|PER] sang in [Paris|PER]. Rain fell as [Paris|PER] slept.", "Paris", ["LOC", "LOC"]),
        ("[Paris Moss|PER] sang. [Paris|PER] smiled.", "Paris", ["PER"]),
        ("[Ann London|PER] never saw [London|LOC]. [London|LOC] grew up in Ohio.", "London", ["LOC", "PER"]),
        ("A farmer from [Hamilton|PER], New Zealand, won.", "Hamilton", ["LOC"]),
    ],
)
def test_a_surname_is_a_place_where_the_text_goes_there(source, name, expected):
    assert types(source, name) == expected


@pytest.mark.parametrize(
    ("source", "name", "expected"),
    [
        ("[Amazon|ORG] grew. Fires in the [Amazon|ORG] spread.", "Amazon", ["ORG", "LOC"]),
        ("[Amazon|ORG] grew. Strikers at the [Amazon|ORG] warehouse sang.", "Amazon", ["ORG", "ORG"]),
        ("[Nokia|ORG] left. It was born in [Nokia|ORG], a Finnish town.", "Nokia", ["ORG", "LOC"]),
        ("[Nokia|ORG] fell. Shares in [Nokia|ORG] were cheap.", "Nokia", ["ORG", "ORG"]),
        ("[Nokia|ORG] fell. They own the stock of [Nokia|ORG].", "Nokia", ["ORG", "ORG"]),
        ("[Zing|ORG] left. It was born in [Zing|ORG], Ohio.", "Zing", ["ORG", "LOC"]),
        ("[Nokia|ORG] fell. Jobs in [Nokia|ORG] plants went.", "Nokia", ["ORG", "ORG"]),
        ("The [UN|ORG] met. Talks in the [UN|ORG] failed.", "UN", ["ORG", "ORG"]),
    ],
)
def test_a_company_is_a_place_where_the_text_is_there(source, name, expected):
    assert types(source, name) == expected


def test_a_short_name_of_a_company_keeps_its_type_though_the_tagger_says_place():
    text, spans = parse_marks("[Madeira Inc|ORG] grew. It has the stock of [Madeira|ORG].")
    tagged = [spans[0], spans[1]._replace(type=EntityType.LOC)]

    settled = settle_readings(text, spans, tagged, load_tables(), LocationReader(text, load_tables()))

    assert [span.type for span in settled] == [EntityType.ORG, EntityType.ORG]


@pytest.mark.parametrize(
    ("source", "name", "expected"),
    [
        ("Voters in [Bolvik|LOC] and [Marnes|PER] stayed home.", "Marnes", ["LOC"]),
        ("Fishermen from [Marnes|PER] stayed home.", "Marnes", ["LOC"]),
        ("[Ann Marnes|PER] left. Voters in [Marnes|PER] wept.", "Marnes", ["PER"]),
        ("Voters believe in [Marnes|PER].", "Marnes", ["PER"]),
        ("She flew to [Bolvik|LOC], and [Marnes|PER] said so.", "Marnes", ["PER"]),
    ],
)
def test_a_single_name_in_a_list_of_places_is_a_place(source, name, expected):
    assert types(source, name) == expected
