"""Articles about made-up events, as the tests of stories need them by the dozen."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from streams.events import EnrichedArticle, Entity, EntityType, Mention

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
SYLLABLES = [first + second for first in "bdfghklmnprstw" for second in "aeiou"]


def words(seed: int | str, count: int) -> list[str]:
    """Return `count` words that nobody has but the texts with the same `seed`."""
    chance = random.Random(str(seed))
    return ["".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) for _ in range(count)]


def text_about(event: int | str, author: int | str, length: int = 120) -> str:
    """Return a text about an `event`: its words, in the order of an `author`, and words of the author."""
    chance = random.Random(f"{event}/{author}")
    subject, own = words(event, 40), words(f"{event}/{author}", 60)
    body = [chance.choice(subject) if chance.random() < 0.6 else chance.choice(own) for _ in range(length)]
    return " ".join([*subject[:8], *body]).capitalize() + "."


def about(
    event: int | str, author: int | str, *, hours: float = 0, publisher: str | None = "Gazette"
) -> EnrichedArticle:
    """Return an article of an `author` about an `event`, whose headline and names are those of the event."""
    headline = " ".join([*words(event, 6), *words(f"{event}/{author}", 2)]).capitalize()
    names = tuple(word.capitalize() for word in words(event, 3))
    text = f"{headline}\n\n{text_about(event, author)}"
    article_id = f"{event}/{author}"
    return article(article_id, text, hours=hours, publisher=publisher, headline=headline, names=names)


def article(
    article_id: str,
    text: str,
    *,
    hours: float = 0,
    publisher: str | None = "Gazette",
    headline: str | None = None,
    names: tuple[str, ...] = (),
    url: str | None = None,
    published_at: datetime | None = None,
) -> EnrichedArticle:
    """Return an enriched article that appeared `hours` after the start."""
    mentions = {name: [Mention(start=0, end=1, text=name[:1])] for name in names}
    return EnrichedArticle(
        article_id=article_id,
        publisher=publisher,
        url=url,
        published_at=published_at or START + timedelta(hours=hours),
        headline=headline,
        text=text,
        language="en",
        entities=[
            Entity(id=name, type=EntityType.ORG, name=name, salience=0.5, count=1, mentions=mentions[name])
            for name in names
        ],
        labels=[],
        scores={},
    )
