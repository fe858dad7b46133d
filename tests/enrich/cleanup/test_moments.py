"""Dates and times as pages write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from streams.enrich.cleanup.moments import has_date, read_moment, without_dates

MORNING = datetime(2026, 3, 10, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-10T08:00:00+01:00",
        "2026-03-10T07:00:00.000Z",
        "2026-03-10T08:00:00.000+0100",
        "2026-03-10 08:00:00 CET",
        "2026-03-10 08:00 +01:00",
        "2026-03-10T03:00:00-0400",
        "2026-03-10T08:00:00+01:00[Europe/Berlin]",
        "2026-03-10 08:00:00 Europe/Berlin",
        "2026/03/10 08:00:00 CET",
        "20260310T070000Z",
        "1773126000",
        "1773126000000",
        "Tue, 10 Mar 2026 07:00:00 GMT",
        "Tue, 10 Mar 2026 08:00:00 +0100",
        "Tue Mar 10 08:00:00 CET 2026",
        "Tue Mar 10 2026 08:00:00 GMT+0100 (Central European Standard Time)",
        "Tuesday, March 10, 2026 - 08:00 CET",
        "Published: March 10th, 2026 3:00 a.m. EDT",
        "Mar. 10, 2026, 3:00 AM ET",
        "3:00 AM EDT, March 10, 2026",
        "10. März 2026 um 08:00 Uhr MEZ",
        "10 mars 2026 à 8h00 CET",
        "10 марта 2026, 10:00 МСК",
        "2026年3月10日 下午4:00 JST",
    ],
)
def test_a_moment_with_its_zone_is_one_moment(text):
    moment = read_moment(text)

    assert moment is not None
    assert (moment.when, moment.has_time) == (MORNING, True)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("2026-03-10", ""),
        ("20260310", ""),
        ("March 10, 2026", "en"),
        ("10th of March 2026", "en"),
        ("10-Mar-2026", "en"),
        ("10.03.2026", "de"),
        ("10.3.26", "de"),
        ("10/03/2026", "fr"),
        ("10/03/2026", "en-GB"),
        ("03/10/2026", "en-US"),
        ("Dienstag, 10. März 2026", "de"),
        ("le 10 mars 2026", "fr"),
        ("10 de marzo de 2026", "es"),
        ("10 de março de 2026", "pt-BR"),
        ("10 marzo 2026", "it"),
        ("10 maart 2026", "nl"),
        ("10 marca 2026", "pl"),
        ("10. března 2026", "cs"),
        ("10. ožujka 2026", "hr"),
        ("10. marta 2026", "sr"),
        ("10. maaliskuuta 2026", "fi"),
        ("2026. március 10.", "hu"),
        ("2026 m. kovo 10 d.", "lt"),
        ("10 Mart 2026", "tr"),
        ("10 Μαρτίου 2026", "el"),
        ("10 مارس 2026", "ar"),
        ("10 मार्च 2026", "hi"),
        ("10 มีนาคม 2569", "th"),
        ("10 tháng 3, 2026", "vi"),
        ("2026年3月10日", "zh"),
        ("2026년 3월 10일", "ko"),
    ],
)
def test_a_day_is_read_in_its_language(text, language):
    moment = read_moment(text, language)

    assert moment is not None
    assert (moment.when, moment.has_time, moment.has_offset()) == (datetime(2026, 3, 10), False, False)


@pytest.mark.parametrize(
    "text", ["2026-03-10 08:30", "10 March 2026 08:30", "10.03.2026, 8.30 Uhr", "March 10, 2026 8:30 a.m."]
)
def test_a_time_without_zone_stays_naive(text):
    moment = read_moment(text)

    assert moment is not None
    assert (moment.when, moment.has_offset()) == (datetime(2026, 3, 10, 8, 30), False)


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, "", "2026", "yesterday", "3 hours ago", "March 2026", "10 March", "{{ article.date }}"),
        *(
            "0001-01-01T00:00:00Z",
            "-0001-11-30T00:00:00+00:00",
            "1970-01-01T00:00:00Z",
            "9999-12-31",
            "0000-00-00",
        ),
        *(
            "2026-02-30",
            "31 February 2026",
            "Invalid date",
            "10 harbours 2026",
            "-62135596800",
            "1.2.3.4 and 5",
        ),
        "12 March 2026 " * 20,
    ],
)
def test_what_is_no_date_of_an_article_is_not_read(value):
    assert read_moment(value) is None


def test_a_date_in_english_that_may_be_two_days_needs_a_region():
    assert read_moment("04/05/2026", "en") is None


def test_dates_are_found_and_taken_out_of_a_text():
    assert has_date("By Anna Berg, 10 March 2026")
    assert not has_date("The 12 boats of 2026")
    assert without_dates("By Anna Berg, 10 March 2026, 10.03.2026") == "By Anna Berg, |, |"


@pytest.mark.parametrize("value", ["20260310091500Z", "/Date(1773134100000)/", "/Date(1773134100000+0100)/"])
def test_the_formats_of_programs_are_read(value):
    moment = read_moment(value)

    assert moment is not None
    assert moment.when == datetime(2026, 3, 10, 9, 15, tzinfo=UTC)
