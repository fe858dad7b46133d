"""Which of a page's titles is the headline, and what a site adds to it."""

from __future__ import annotations

import pytest

from streams.enrich.cleanup.headlines import Titles, choose_headline, find_heading, is_headline
from streams.enrich.cleanup.sites import Sites

HEADLINE = "Storm closes harbour of Tromsø"
COURIER = Sites(["Northern Courier", "northerncourier.example"], ["Local news"])


@pytest.mark.parametrize(
    "name", ["Northern Courier", "The Northern Courier", "NorthernCourier.com", "NORTHERN COURIER"]
)
def test_a_title_that_is_the_sites_name_is_not_a_headline(name):
    assert choose_headline(Titles(stated=[name], shown=[HEADLINE]), COURIER) == HEADLINE
    assert choose_headline(Titles(stated=[name], headings=[HEADLINE]), COURIER) == HEADLINE


@pytest.mark.parametrize(
    "titles",
    [
        pytest.param(Titles([f"{HEADLINE} - Post"], [], [HEADLINE]), id="title is the heading and more"),
        pytest.param(Titles([f"Opinion | {HEADLINE}"], [], [HEADLINE]), id="label, heading"),
        pytest.param(Titles([f"Analysis: {HEADLINE}"], [], [HEADLINE]), id="label and colon, heading"),
        pytest.param(Titles([HEADLINE], [], [f"Weather {HEADLINE}"]), id="kicker in the heading"),
        pytest.param(Titles([f"{HEADLINE[:25]}…"], [], [HEADLINE]), id="title was cut off"),
        pytest.param(Titles([HEADLINE, "Storm!"], [], ["Storm closesharbour of Tromsø"]), id="break lost"),
        pytest.param(
            Titles([HEADLINE], [f"{HEADLINE} - Post"], ["The Post"]), id="heading is another site's name"
        ),
        pytest.param(Titles(["Home"], [f"{HEADLINE} - Post"], [HEADLINE]), id="title says nothing"),
        pytest.param(
            Titles(["Gale shuts port"], ["Gale | Post"], [HEADLINE], [], HEADLINE), id="alone in the story"
        ),
        pytest.param(
            Titles([HEADLINE], [], ["Log in"], ["Related", "Log in"]), id="headings of other things"
        ),
        pytest.param(Titles([f"{HEADLINE} - Post"], [], ["Log in"], ["Related", HEADLINE]), id="second rank"),
        pytest.param(Titles([f"{HEADLINE} - Post"], [HEADLINE]), id="the shorter of two titles"),
        pytest.param(Titles([HEADLINE], [f"{HEADLINE} - Post"]), id="the shorter, stated"),
        pytest.param(Titles([], ["News"], [HEADLINE]), id="only a heading tells"),
        pytest.param(
            Titles(["Start"], ["Untitled document"], [HEADLINE]), id="only a heading tells, two titles"
        ),
    ],
)
def test_the_headline_is_what_titles_and_headings_agree_on(titles):
    assert choose_headline(titles, Sites([])) == HEADLINE


def test_the_fuller_title_wins_over_a_shorter_heading():
    assert choose_headline(Titles([HEADLINE], [], ["Storm closes harbour"]), COURIER) == HEADLINE


def test_a_page_without_titles_has_no_headline():
    assert choose_headline(Titles(), COURIER) is None


def test_the_headline_in_the_place_of_the_sites_name_is_not_a_name():
    titles = Titles([HEADLINE], [HEADLINE], [HEADLINE])

    assert is_headline(HEADLINE, titles)
    assert not is_headline("Northern Courier", titles)
    assert not is_headline(
        "Northern Courier", Titles(["Northern Courier"], ["Northern Courier"], ["Northern Courier"])
    )
    assert not is_headline(
        "Northern Courier", Titles([HEADLINE], [f"{HEADLINE} - Northern Courier"], ["Northern Courier"])
    )


def test_the_heading_of_the_headline_is_found_by_its_words():
    assert find_heading(HEADLINE, ["Menu", "Storm closes harbour"]) == 1
    assert find_heading(HEADLINE, ["Menu"]) is None
    assert find_heading(None, ["Menu"]) is None


@pytest.mark.parametrize("title", [f"{HEADLINE} > Northern Courier", f"{HEADLINE} | Northern Courier"])
def test_a_sign_parts_the_headline_from_the_name_of_the_site(title):
    assert choose_headline(Titles([title], [title]), Sites(["Northern Courier"])) == HEADLINE


def test_a_motto_after_the_name_of_the_site_is_not_the_headline():
    title = "Northern Courier - News from the coast"

    assert choose_headline(Titles([title], [title], [HEADLINE]), Sites(["Northern Courier"])) == HEADLINE


def test_what_follows_a_bar_in_the_heading_is_no_section():
    heading = "Questions and answers on the storm | An overview"
    title = f"{heading} | Northern Courier"

    assert choose_headline(Titles([title], [title], [heading]), Sites(["Northern Courier"])) == heading


def test_a_lesser_heading_is_the_headline_where_all_others_are_the_name_of_the_site():
    site = "Northern Courier"

    assert choose_headline(Titles([site], [site], [site], [HEADLINE]), Sites([site])) == HEADLINE


def test_of_many_lesser_headings_none_is_the_headline():
    site = "Northern Courier"
    index = [f"{HEADLINE} in {year}" for year in range(2020, 2026)]

    assert choose_headline(Titles([site], [site], [], index), Sites([site])) == site
