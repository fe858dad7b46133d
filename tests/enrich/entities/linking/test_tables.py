"""The usual type of a name comes from the tables, and for some cities from the article too."""

from __future__ import annotations

import pytest

from streams.enrich.entities.linking.tables import load_tables
from streams.enrich.entities.taggers.base import Span
from streams.events import EntityType


@pytest.mark.parametrize(
    ("text", "expected"), [("Norway's envoy left Bergen.", EntityType.LOC), ("One envoy left Bergen.", None)]
)
def test_a_large_city_is_a_place_in_an_article_that_names_its_country(text, expected):
    spans = [Span(0, 6, EntityType.LOC, 1.0)]  # Norway, or nothing

    assert load_tables().usual_types(text, spans)("bergen") is expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("norway", EntityType.LOC),
        ("norwegian", EntityType.MISC),
        ("eu", EntityType.ORG),
        ("tokyo", EntityType.LOC),
        ("georgia", None),
        ("bergen", None),
        ("acme", None),
    ],
)
def test_a_name_has_a_usual_type_only_if_it_has_that_type_nearly_always(key, expected):
    assert load_tables().usual_type(key) is expected
