"""An enriched article, and its block as a terminal shows it."""

from __future__ import annotations

import io
from typing import Literal

from rich.console import Console

from streams.cli.render.article import block
from streams.events import EnrichedArticle, Entity, Evidence, Label, Mention, Removed

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
