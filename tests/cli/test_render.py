"""The block of an article on a terminal."""

from __future__ import annotations

import io
import re
from typing import Literal

import pytest
from rich.console import Console

from streams.cli.render import block, printable
from streams.cli.render.entities import ENTITY_STYLES
from streams.cli.render.labels import LABEL_COLOURS
from streams.cli.render.text import paragraphs
from streams.events import (
    CleanArticle,
    EnrichedArticle,
    Entity,
    EntityType,
    Evidence,
    Label,
    Mention,
    RawArticle,
    Removed,
    TaggedArticle,
)

HEADLINE = "Envoys meet in Bonn"
BODY = [
    "The envoys met in Bonn on Monday.",
    "They spoke of the weather.",
    "Nobody took notes.",
    "Late at night they agreed on methane.",
    "Then they went home.",
]
TEXT = "\n\n".join([HEADLINE, *BODY])


def span(model, phrase: str, text: str = TEXT, **fields):
    start = text.index(phrase)
    return model(start=start, end=start + len(phrase), text=phrase, **fields)


def entity(name: str, kind: str, **fields) -> Entity:
    mention = span(Mention, name)
    return Entity(
        id=f"{kind}:{name}", type=kind, name=name, salience=0.5, count=1, mentions=[mention], **fields
    )


def enriched(**fields) -> EnrichedArticle:
    climate = Label(
        label="climate",
        score=0.98,
        name="Climate change",
        iptc=["20000418"],
        evidence=[span(Evidence, "methane", weight=2.0), span(Evidence, "weather", weight=-1.0)],
    )
    return EnrichedArticle(
        **{
            "article_id": "a1",
            "publisher": "The Example",
            "published_at": "2026-03-01T12:30:00+01:00",
            "language": "en",
            "headline": HEADLINE,
            "text": TEXT,
            "entities": [entity("Bonn", "LOC", ids={"geonames": "2946447"}, role="host")],
            "labels": [climate],
            "scores": {"climate": 0.98, "diplomacy": 0.2},
            "removed": [Removed(kind="teaser", text="No more buses!")],
            "warnings": ["short_text"],
            **fields,
        }
    )


def shown(article, *, width: int = 80, colour: Literal["truecolor"] | None = None, full: bool = False) -> str:
    out = io.StringIO()
    console = Console(
        file=out, width=width, force_terminal=bool(colour), color_system=colour, highlight=False
    )
    console.print(block(article, full=full))
    return out.getvalue()


@pytest.mark.parametrize(
    "fact",
    [
        "a1",
        HEADLINE,
        "The Example",
        "1 March 2026, 11:30 UTC",
        "en",
        "30 words",
        "0.980",
        "Climate change",
        "IPTC 20000418",
        "methane, against: weather",
        "LOC  Bonn  host  ×1  geonames:2946447",
        "removed teaser: No more buses!",
        "warnings: short_text",
    ],
)
def test_every_fact_is_there_without_colours(fact):
    assert fact in shown(enriched())


def test_the_headline_is_shown_once():
    assert shown(enriched()).count(HEADLINE) == 1


def test_the_opening_and_every_paragraph_with_evidence_are_shown():
    lines = [line.strip() for line in shown(enriched()).splitlines()]

    assert [line for line in lines if line in BODY or line == "…"] == [BODY[0], BODY[1], "…", BODY[3], "…"]


def test_full_shows_the_whole_text():
    assert all(paragraph in shown(enriched(), full=True) for paragraph in BODY)


def test_evidence_is_on_the_colour_of_its_label_and_entities_in_the_colour_of_their_type():
    colours = shown(enriched(), colour="truecolor")
    red, green, blue = (int(LABEL_COLOURS[0][place : place + 2], 16) for place in (1, 3, 5))

    assert re.search(rf"\x1b\[30;48;2;{red};{green};{blue}mmethane\x1b\[0m", colours)
    assert re.search(
        r"\x1b\[1;32mBonn", colours
    )  # bold because it is in the headline, green because it is a place
    assert ENTITY_STYLES[EntityType.LOC] == "green"


def test_a_label_has_the_same_colour_in_every_article():
    first = enriched()
    label = first.labels[0].model_copy(update={"label": "diplomacy", "evidence": []})
    both = enriched(labels=[label, *first.labels])

    outputs = [shown(article, colour="truecolor") for article in (first, both)]

    alone, beside = [re.findall(r"\x1b\[([\d;]+)m climate ", output) for output in outputs]
    assert len(alone) == 1
    assert alone == beside


@pytest.mark.parametrize("width", [20, 40, 80, 120, 300])
def test_a_block_is_no_wider_than_the_terminal_and_100_columns(width):
    lines = shown(
        enriched(headline="A" * 300, url="https://example.org/" + "x" * 300), width=width
    ).splitlines()

    assert max(map(len, lines)) <= min(width, 100)


@pytest.mark.parametrize(
    "article",
    [
        RawArticle(article_id="a1", body="<p>Rates rise</p>", headline=None),
        CleanArticle(article_id="a1", text="Rates rise."),
        TaggedArticle(article_id="a1", text="Rates rise.", entities=[]),
        EnrichedArticle(
            article_id="a1", text="Rates rise.", entities=[], labels=[], scores={"climate": None}
        ),
    ],
    ids=lambda article: type(article).__name__,
)
def test_an_article_of_any_stage_has_a_block(article):
    text = shown(article)

    assert "Rates rise" in text
    assert "a1" in text


def test_an_article_without_a_label_shows_its_scores():
    assert "no label (climate 0.980, diplomacy 0.200)" in shown(enriched(labels=[]))


def test_highlights_are_a_list_before_the_text():
    article = CleanArticle(
        article_id="a1",
        highlights=["Rates rise", "Banks cheer"],
        text="Rates rise\n\nBanks cheer\n\nSo it goes.",
    )

    lines = [line.strip() for line in shown(article).splitlines() if line.strip()]
    assert lines[-3:] == ["• Rates rise", "• Banks cheer", "So it goes."]


def test_an_article_cannot_control_the_terminal():
    escape = "\x1b]0;title\x07\x1b[2J\x9b31m\r"
    article = enriched(
        article_id=f"a1{escape}",
        headline=escape,
        publisher=escape,
        byline=escape,
        warnings=[escape],
        url=escape,
    )

    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown(article))
    assert len(printable(escape)) == len(escape)


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
