"""Sites add their names to headlines, and the names are taken off again."""

from __future__ import annotations

import pytest

from streams.enrich.cleanup.sites import Sites

HEADLINE = "Storm closes harbour of Tromsø"
COURIER = Sites(["Northern Courier", "northerncourier.example"], ["Local news"])


@pytest.mark.parametrize(
    "title",
    [
        f"{HEADLINE} - Northern Courier",
        f"{HEADLINE} | The Northern Courier",
        f"{HEADLINE} – NORTHERN COURIER",
        f"{HEADLINE} — Northern Courier Online",
        f"{HEADLINE}|Northern Courier",
        f"{HEADLINE} « NorthernCourier.com",
        f"{HEADLINE} • Northern Courier, news from the coast",
        f"{HEADLINE} | Northern Courier | Home",
        f"{HEADLINE} | Local news | Northern Courier",
        f"{HEADLINE} | Sport and leisure | Northern Courier",
        f"{HEADLINE} (Northern Courier)",
        f"{HEADLINE}, Northern Courier",
        f"Northern Courier | {HEADLINE}",
    ],
)
def test_the_name_of_the_site_is_stripped(title):
    assert COURIER.strip(title) == HEADLINE


@pytest.mark.parametrize(
    "title",
    [
        "Storm - and flood - close the harbour",
        "Why I left the Courier | A farewell",
        "Who reads what - the Northern Courier",
        "Northern Courier wins a prize for its report",
        "A prize for the Northern Courier",
        "North-Northern Courier boats collide",
    ],
)
def test_what_belongs_to_the_headline_stays(title):
    assert COURIER.strip(title) == title


def test_a_sign_without_spaces_separates_where_words_have_none():
    sites = Sites(["新港日报"])

    assert sites.strip("渔船脱缆撞上码头围墙_新港日报") == "渔船脱缆撞上码头围墙"
    assert sites.strip("渔船脱缆撞上码头围墙-新港日报") == "渔船脱缆撞上码头围墙"


def test_a_motto_has_no_word_of_the_headings():
    titles = ["Northern Courier - News from the coast", f"Northern Courier - {HEADLINE}"]

    assert COURIER.strip_all(titles, [HEADLINE]) == [HEADLINE]


def test_a_bar_may_stand_before_a_section_or_the_end_of_the_headline():
    assert COURIER.strip_names([f"{HEADLINE} | An overview | Northern Courier", HEADLINE]) == [
        f"{HEADLINE} | An overview"
    ]
