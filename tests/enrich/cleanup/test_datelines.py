"""The place before a report becomes the dateline, and a line that is only a date is removed."""

from __future__ import annotations

import pytest

from tests.enrich.cleanup.texts import BODY, clean, removed


def test_byline_and_dateline_become_fields(cleaner):
    article = clean(cleaner, "\n\n".join(["By Anna Berg", f"REYKJAVIK, Iceland (AP) — {BODY[0]}", *BODY[1:]]))

    assert (article.byline, article.dateline) == ("Anna Berg", "REYKJAVIK, Iceland (AP)")
    assert removed(article, "dateline") == ["REYKJAVIK, Iceland (AP) —"]
    assert article.text == "\n\n".join(BODY)


@pytest.mark.parametrize(
    "dateline",
    [
        "OSLO/REYKJAVIK, March 3 (Reuters)",
        "OSLO/REYKJAVIK/NUUK, March 3 (Reuters)",
        "OSLO/REYKJAVIK",
        "March 3 (Reuters)",
        "(Reuters)",
        "OSLO, March 3, Kyodo",
        "OSLO, March 3, 2021 /PRNewswire/",
        "Oslo, March 3 (Xinhua)",
        "Oslo/Reykjavik (dpa)",
        "Oslo, 3 March 2021",
        "TROMSØ, Norway, and NUUK, Greenland",
        "ST. JOHN'S, Newfoundland",
        "PORT-AU-PRINCE, Haiti (AP)",
        "ALTOONA",
        "OSLO – (AP)",
    ],
)
@pytest.mark.parametrize("dash", [" - ", " — ", " -- "])
def test_a_dateline_ends_at_a_dash(cleaner, dateline, dash):
    article = clean(cleaner, "\n\n".join([f"{dateline}{dash}{BODY[0]}", *BODY[1:]]))

    assert (article.dateline, article.text) == (dateline, "\n\n".join(BODY))
    assert removed(article, "dateline") == [f"{dateline}{dash}".strip()]


@pytest.mark.parametrize(
    "dateline",
    ["NEW DELHI", "ISLAMABAD", "KARACHI/LAHORE", "New Delhi", "REYKJAVIK (Xinhua)", "DHAKA, March 3"],
)
def test_a_dateline_of_a_known_city_may_end_at_a_colon(cleaner, dateline):
    article = clean(cleaner, "\n\n".join([f"{dateline}: {BODY[0]}", *BODY[1:]]))

    assert (article.dateline, article.text) == (dateline, "\n\n".join(BODY))


def test_a_dateline_may_be_a_line_of_its_own(cleaner):
    article = clean(cleaner, "\n\n".join(["REYKJAVIK, Iceland (AP) —", *BODY]), headline="Mackerel quotas")

    assert (article.dateline, article.text) == (
        "REYKJAVIK, Iceland (AP)",
        "\n\n".join(["Mackerel quotas", *BODY]),
    )


@pytest.mark.parametrize("line", ["(Anna Berg/Reuters)", "(Reuters)", "REYKJAVIK"])
def test_a_credit_or_a_heading_is_not_a_dateline(cleaner, line):
    article = clean(cleaner, "\n\n".join([BODY[0], line, *BODY[1:]]))

    assert article.dateline is None


@pytest.mark.parametrize(
    "opening",
    [
        *(
            "BREAKING - ",
            "NASA – the American agency – said so. ",
            "NASA – ",
            "WHO: ",
            "UEFA - ",
            "LIVE UPDATES - ",
        ),
        *("COVID-19: ", "COVID-19 - ", "F-16: ", "HIV/AIDS - ", "HIV/AIDS: ", "ACME/BOLT - ", "EU/UK – "),
        *(
            "UPDATE: ",
            "TENNIS: ",
            "SPECIAL REPORT: ",
            "UKRAINE WAR: ",
            "Paris: ",
            "Jackson: ",
            "Oslo - ",
            "Q: ",
        ),
    ],
)
def test_capitals_before_a_dash_are_not_always_a_dateline(cleaner, opening):
    article = clean(cleaner, "\n\n".join([opening + BODY[0], *BODY[1:]]))

    assert article.dateline is None
    assert article.text.startswith(opening)


@pytest.mark.parametrize(
    "line",
    [
        "Published March 3, 2021 at 9:15 a.m. ET",
        "Updated: Wed, 3 March 2021",
        "2021-03-03 09:15",
        "2021-03-03T09:15:00",
        "3 March 2021 • 6:00am",
        "Published 3 March 2021, 18:04 BST",
        "Last modified on Wed 3 Mar 2021 10.31 GMT",
        "March 3, 2021 / 6:00 AM EST",
        "6:00 AM, Mar 03, 2021",
        "Published: 12:10, 3 March 2021 | Updated: 13:15, 3 March 2021",
        "Updated March 3, 6:00 a.m. ET",
        "3. März 2021, 10:15 Uhr",
        "3 mars 2021 à 10h15",
        "Publicado el 3 de marzo de 2021",
        "2021年3月3日",
    ],
)
def test_a_line_that_says_when_the_article_was_published_is_removed(cleaner, line):
    article = clean(cleaner, "\n\n".join([BODY[0], line, *BODY[1:]]))

    assert removed(article, "boilerplate") == [line]
    assert article.text == "\n\n".join(BODY)


@pytest.mark.parametrize(
    "line",
    [
        "Updated rules for the fishery will be published in May.",
        "March 3, 2021 was the day on which the harbour closed.",
        "On 3 March 2021 it closed.",
        "The time was 10:15.",
    ],
)
def test_a_sentence_that_begins_like_a_date_line_is_kept(cleaner, line):
    article = clean(cleaner, "\n\n".join([BODY[0], line, *BODY[1:]]))

    assert line in article.text.split("\n\n")


def test_an_agency_between_slashes_ends_a_dateline_with_a_full_stop(cleaner):
    article = clean(cleaner, "\n\n".join([f"OSLO, March 3. /TASS/. {BODY[0]}", *BODY[1:]]))

    assert (article.dateline, article.text) == ("OSLO, March 3. /TASS/", "\n\n".join(BODY))
