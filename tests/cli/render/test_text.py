"""The text of an article is cut to its opening and its evidence, which is in colour."""

from __future__ import annotations

import re

from streams.cli.render.entities import ENTITY_STYLES
from streams.cli.render.labels import LABEL_COLOURS
from streams.cli.render.text import paragraphs
from streams.events import CleanArticle, EnrichedArticle, EntityType, Evidence, Label
from tests.cli.render.blocks import BODY, HEADLINE, TEXT, enriched, shown


def test_the_opening_and_every_paragraph_with_evidence_are_shown():
    lines = [line.strip() for line in shown(enriched()).splitlines()]

    assert [line for line in lines if line in BODY or line == "…"] == [BODY[0], BODY[1], "…", BODY[3], "…"]


def test_full_shows_the_whole_text():
    assert all(paragraph in shown(enriched(), full=True) for paragraph in BODY)


def test_highlights_are_a_list_before_the_text():
    article = CleanArticle(
        article_id="a1",
        highlights=["Rates rise", "Banks cheer"],
        text="Rates rise\n\nBanks cheer\n\nSo it goes.",
    )

    lines = [line.strip() for line in shown(article).splitlines() if line.strip()]
    assert lines[-3:] == ["• Rates rise", "• Banks cheer", "So it goes."]


def test_an_offset_that_is_wrong_does_not_break_the_block():
    wild = Evidence(start=len(TEXT) - 5, end=99_999, text="x", weight=1)
    label = Label(label="climate", score=1.0, name="Climate change", evidence=[wild])

    assert BODY[-1] in shown(enriched(labels=[label]))


def test_paragraphs_know_their_places():
    places = [TEXT[paragraph.start : paragraph.end] for paragraph in paragraphs(TEXT)]

    assert places == [HEADLINE, *BODY]


def test_a_long_article_is_shown_in_fewer_than_60_lines():
    phrase = "methane was spoken of "
    text = "\n\n".join([phrase] * 5_000) + "\n\n" + phrase * 5_000
    evidence = [
        Evidence(start=place.start(), end=place.end(), text="methane", weight=1)
        for place in re.finditer("methane", text)
    ]
    label = Label(label="climate", score=1.0, name="Climate change", evidence=evidence)

    lines = shown(
        EnrichedArticle(article_id="a1", text=text, entities=[], labels=[label], scores={})
    ).splitlines()

    assert len(lines) < 60


def test_evidence_is_on_the_colour_of_its_label_and_entities_in_the_colour_of_their_type():
    colours = shown(enriched(), colour="truecolor")
    red, green, blue = (int(LABEL_COLOURS[0][place : place + 2], 16) for place in (1, 3, 5))

    assert re.search(rf"\x1b\[30;48;2;{red};{green};{blue}mmethane\x1b\[0m", colours)
    assert re.search(
        r"\x1b\[1;32mBonn", colours
    )  # bold because it is in the headline, green because it is a place
    assert ENTITY_STYLES[EntityType.LOC] == "green"
