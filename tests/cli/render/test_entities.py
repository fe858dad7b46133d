"""The table of entities: the first in full, the others by name, and no id that says nothing new."""

from __future__ import annotations

import pytest

from streams.cli.render.entities import MAX_ENTITIES
from tests.cli.render.blocks import enriched, entity, shown


@pytest.mark.parametrize(
    ("ids", "line"),
    [
        ({"iso3166": "DE", "wikidata": "Q183"}, "LOC  Bonn    ×1  DE Q183"),
        ({"wikidata": "Q586", "geonames": "2946447"}, "LOC  Bonn    ×1  Q586"),
        ({"crm": "A-17"}, "LOC  Bonn    ×1  crm:A-17"),
    ],
)
def test_country_codes_and_wikidata_ids_need_no_scheme_and_replace_a_geonames_id(ids, line):
    lines = [line.strip() for line in shown(enriched(entities=[entity("Bonn", "LOC", ids=ids)])).splitlines()]

    assert line in lines


def test_entities_beyond_the_first_are_named_in_one_line():
    names = [entity("Bonn", "LOC").model_copy(update={"name": f"Town{n}"}) for n in range(MAX_ENTITIES + 2)]

    text = shown(enriched(entities=names))

    assert f"and 2 more: Town{MAX_ENTITIES}, Town{MAX_ENTITIES + 1}" in text
    assert text.count("×1") == MAX_ENTITIES
