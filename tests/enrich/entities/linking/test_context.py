"""The country or state beside a city's name tells which of several places the text means."""

from __future__ import annotations

import pytest

from tests.enrich.entities.linking.ids import ids


def test_of_cities_with_one_name_the_text_means_the_one_whose_country_it_names(tables):
    assert ids(tables, "[Cambridge|LOC] is old.")["Cambridge"] == {}
    assert ids(tables, "[Cambridge|LOC] is in [Britain|LOC].")["Cambridge"] == {"geonames": "2653941"}
    assert ids(tables, "[Cambridge|LOC], [Massachusetts|LOC].")["Cambridge"] == {"geonames": "4931972"}


@pytest.mark.parametrize(
    "source",
    [
        "[Washington|LOC] state voted. So did [Oregon|LOC].",
        "[Oregon|LOC], [Washington|LOC] and [Idaho|LOC] voted.",
        "[Warren|LOC] won in [Ohio|LOC].",
        "High in the [Andes|LOC], in [Colombia|LOC].",
        "[Hollywood|LOC] films are shown in [Florida|LOC].",
    ],
)
def test_a_name_that_may_be_a_state_a_person_or_a_mountain_is_not_linked_to_a_city(tables, source):
    found = ids(tables, source)

    assert [found.get(name, {}) for name in ("Washington", "Warren", "Andes", "Hollywood")] == [{}] * 4


@pytest.mark.parametrize(
    ("source", "name", "expected"),
    [
        ("Talks in [Washington|LOC] and [Paris|LOC].", "Washington", "4140963"),
        ("He was born in [Warren|LOC], [Ohio|LOC].", "Warren", "5175865"),
        ("The water of [Flint|LOC], [Michigan|LOC].", "Flint", "4992982"),
    ],
)
def test_a_city_with_a_shared_name_is_linked_where_the_text_says_where_it_lies(
    tables, source, name, expected
):
    assert ids(tables, source)[name] == {"geonames": expected}


@pytest.mark.parametrize(
    ("source", "name", "code"),
    [
        ("[Georgia|LOC] built a port. Talks in [Tbilisi|LOC] failed.", "Georgia", "GE"),
        ("[Georgia|LOC] and [Armenia|LOC] traded.", "Georgia", "GE"),
        ("A [Georgian|MISC] envoy left [Georgia|LOC] for the [U.S.|LOC]", "Georgia", "GE"),
        ("[Georgia|LOC]'s leader, [Irakli Kobakhidze|PER], left.", "Georgia", "GE"),
        ("[Georgia|LOC] and [Alabama|LOC] voted.", "Georgia", "US-GA"),
        ("Courts in [Atlanta|LOC] sit late. [Georgia|LOC] pays.", "Georgia", "US-GA"),
        ("[Jordan|LOC] shut its border with [Syria|LOC].", "Jordan", "JO"),
        ("[King Abdullah|PER] left [Jordan|LOC].", "Jordan", "JO"),
        ("[Georgia|LOC] voted.", "Georgia", None),
        ("[Tbilisi|LOC] is far from [Alabama|LOC]. [Georgia|LOC] voted.", "Georgia", None),
        ("[Jordan|LOC] shone.", "Jordan", None),
        ("[Congo|LOC]'s president spoke in [Kinshasa|LOC].", "Congo", "CD"),
        ("[Congo|LOC] and [Rwanda|LOC] talked.", "Congo", "CD"),
        ("[Congo|LOC]'s president spoke in [Brazzaville|LOC].", "Congo", "CG"),
        ("Envoys from [Kinshasa|LOC] and [Brazzaville|LOC] left [Congo|LOC].", "Congo", None),
        ("[Republic of Congo|LOC] shut its border with [DR Congo|LOC].", "Republic of Congo", "CG"),
        ("The [U.S.|LOC] and [Russia|LOC] talked. [Georgia|LOC] waited.", "Georgia", None),
    ],
)
def test_a_country_that_shares_its_name_is_told_by_its_own_people_places_and_neighbours(
    tables, source, name, code
):
    assert ids(tables, source)[name].get("iso3166") == code


@pytest.mark.parametrize(
    ("source", "name", "code"),
    [
        ("The [Mississippi|LOC] has reached the levee.", "Mississippi", None),
        ("The [Mississippi|LOC] governor left.", "Mississippi", "US-MS"),
        ("Rain fell in [Ohio|LOC].", "Ohio", "US-OH"),
    ],
)
def test_a_river_does_not_have_the_id_of_its_state(tables, source, name, code):
    assert ids(tables, source)[name].get("iso3166") == code


def test_a_town_does_not_have_the_id_of_the_country_of_its_name(tables):
    assert ids(tables, "A barn in the village of [Lebanon|LOC] burned.")["Lebanon"] == {}
