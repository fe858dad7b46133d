"""The region that stands beside a town's name decides which town of that name the text means."""

from __future__ import annotations

import pytest

from tests.enrich.entities.linking.ids import ids


@pytest.mark.parametrize(
    ("source", "name", "expected"),
    [
        ("A barn near [Moscow|LOC], [Idaho|LOC], burned. [Moscow|LOC] wept.", "Moscow", "5601538"),
        ("A mill in [Lebanon|LOC], [Tennessee|LOC], shut. [Lebanon|LOC] wept.", "Lebanon", "4636045"),
        ("[Melbourne|LOC], Fla., is hot.", "Melbourne", "4163971"),
        ("[London|LOC], Ont., is cold.", "London", "6058560"),
        ("[Spokane|LOC], WA, is dry.", "Spokane", "5811696"),
        ("[Perth|LOC], WA, Australia, is dry.", "Perth", "2063523"),
        ("[Paris|LOC] TX is flat.", "Paris", "4717560"),
        ("[Perth|LOC], [Scotland|LOC], is wet.", "Perth", "2640358"),
        ("[Boston|LOC], Lincolnshire, is flat.", "Boston", "2655138"),
        ("[Hyderabad|LOC], Sindh, is hot.", "Hyderabad", "1176734"),
        ("The [Naples|LOC] (Florida) council met.", "Naples", "4165565"),
        ("[Birmingham|LOC] in [Alabama|LOC] grew.", "Birmingham", "4049979"),
        ("The [Texas|LOC] town of [Paris|LOC] burned.", "Paris", "4717560"),
        ("[Paris|LOC], a small town in northeastern [Texas|LOC], burned.", "Paris", "4717560"),
        ("A [Jordan|LOC], [Minnesota|LOC]-based maker left.", "Jordan", "5032106"),
        ("A bank in [Delaware|LOC], [Ohio|LOC], was robbed.", "Delaware", "5151891"),
        ("[Rochester|LOC], [New York|LOC], and [Erie|LOC], Pa., froze.", "Rochester", "5134086"),
        ("[Paris|LOC], [Texas|LOC]'s largest mill, shut.", "Paris", "4717560"),
    ],
)
def test_a_town_with_its_region_has_the_id_of_that_town(tables, source, name, expected):
    assert ids(tables, source)[name] == {"geonames": expected}


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("[Paris|LOC], Mich., has a park. [Paris|LOC] is small.", "Paris"),
        ("[Cuba|LOC], [Missouri|LOC], has murals.", "Cuba"),
        ("[Glasgow|LOC], [Montana|LOC], has a lake.", "Glasgow"),
        ("[Dublin|LOC], Calif., wrote to [Dublin|LOC], [Ireland|LOC].", "Dublin"),
        ("In [Paris|LOC], [Texas|LOC] Gov. Ann Reyes spoke.", "Paris"),
    ],
)
def test_a_town_that_no_table_has_or_that_the_text_does_not_tell_from_another_has_no_id(tables, source, name):
    assert ids(tables, source)[name] == {}


@pytest.mark.parametrize(
    ("source", "name", "expected"),
    [
        ("[Moscow|LOC], [Russia|LOC], froze.", "Moscow", {"iso3166": "RU-MOW", "geonames": "524901"}),
        ("Polls in [Delaware|LOC], [Ohio|LOC] and [Iowa|LOC] closed.", "Delaware", {"iso3166": "US-DE"}),
        ("From [London|LOC], [New York|LOC] and [Tokyo|LOC].", "London", {"geonames": "2643743"}),
        ("After talks in [Tripoli|LOC], [Lebanon|LOC]'s head left.", "Lebanon", {"iso3166": "LB"}),
        ("[Moscow|LOC], [Washington|LOC] and [Beijing|LOC] met.", "Moscow", {"iso3166": "RU-MOW"}),
        ("[Peru|LOC], [Chile|LOC] and [Bolivia|LOC] met.", "Peru", {"iso3166": "PE"}),
        ("[Paris|LOC], Man Ray and she.", "Paris", {"geonames": "2988507"}),
    ],
)
def test_a_list_of_places_does_not_say_that_one_lies_in_the_next(tables, source, name, expected):
    found = ids(tables, source)[name]

    assert {scheme: found.get(scheme) for scheme in expected} == expected


@pytest.mark.parametrize(
    ("source", "name", "code"),
    [
        ("In [Athens|LOC], [Georgia|LOC], and across [Georgia|LOC].", "Georgia", "US-GA"),
        ("[Dover|LOC], [DE|LOC], is small.", "DE", "US-DE"),
        ("[Kingston|LOC], [Ont.|LOC], is old.", "Ont.", "CA-ON"),
        ("[Seattle|LOC], [Washington|LOC], is wet.", "Washington", "US-WA"),
        ("[Buffalo|LOC], [New York|LOC], froze.", "New York", "US-NY"),
        ("[Perth|LOC], [WA|LOC], is dry.", "WA", "AU-WA"),
    ],
)
def test_the_region_beside_a_town_has_its_own_id(tables, source, name, code):
    assert ids(tables, source)[name].get("iso3166") == code


@pytest.mark.parametrize(
    "source", ["[Olympia|LOC], [Washington|LOC]. In [Washington|LOC].", "[Boston|LOC], [Lincolnshire|LOC]."]
)
def test_a_region_that_may_be_another_place_or_is_a_county_has_no_id(tables, source):
    found = ids(tables, source)

    assert [found[name] for name in ("Washington", "Lincolnshire") if name in found] == [{}]


def test_a_dateline_tells_the_town_where_the_text_does_not(tables):
    source = "Nobody in [Berlin|LOC] was hurt."

    assert ids(tables, source)["Berlin"]["geonames"] == "2950159"
    assert ids(tables, source, dateline="BERLIN, Wis., May 3 (AP)")["Berlin"] == {"geonames": "5245497"}
    assert ids(tables, source, dateline="BERLIN, Wis")["Berlin"] == {"geonames": "5245497"}
    assert (
        ids(tables, "[Berlin|LOC], [Germany|LOC], won.", dateline="BERLIN, Wis.")["Berlin"]["geonames"]
        == "2950159"
    )
