"""Reprints made from real articles, as papers make them from wire copy."""

from __future__ import annotations

import random

from streams.events import EnrichedArticle

BOILERPLATE = (
    "Sign up for our morning newsletter and get the news that matters in your inbox every day. By signing up "
    "you agree to our terms of use and our privacy policy. Follow us for updates. All rights reserved. This "
    "material may not be published, broadcast, rewritten or redistributed without permission."
)
LOCAL = "Readers in our county will ask how this touches them. Officials told us that they will wait."


def hand_made(article_id: str, publisher: str, headline: str, text: str) -> EnrichedArticle:
    """Return an enriched article without entities and labels, which near duplicates do not need."""
    return EnrichedArticle(
        article_id=article_id,
        publisher=publisher,
        headline=headline,
        text=f"{headline}\n\n{text}",
        entities=[],
        labels=[],
        scores={},
    )


def reprint(text: str, kept: float, seed: int) -> str:
    """Return `text` with the part `kept` of its words: paragraphs dropped, the end cut, other text added."""
    chance = random.Random(seed)
    paragraphs = [paragraph.split() for paragraph in text.split("\n\n") if paragraph.strip()]
    wanted = round(kept * sum(map(len, paragraphs)))
    while len(paragraphs) > 1:  # drop from anywhere, as long as enough is left
        place = chance.randrange(len(paragraphs))
        if sum(map(len, paragraphs)) - len(paragraphs[place]) < wanted:
            break
        del paragraphs[place]
    surplus = sum(map(len, paragraphs)) - wanted
    paragraphs[-1] = paragraphs[-1][: max(1, len(paragraphs[-1]) - surplus)]
    parts = [" ".join(_edited(words, chance)) for words in paragraphs]
    parts.insert(0, "By a staff writer and wire services")
    if chance.random() < 0.5:
        parts.insert(chance.randrange(1, len(parts) + 1), LOCAL)
    if chance.random() < 0.5:
        parts.append(BOILERPLATE)
    return "\n\n".join(parts)


def _edited(words: list[str], chance: random.Random) -> list[str]:
    """Return `words` with one in a hundred changed, as editors do."""
    return [word if chance.random() > 0.01 else word[::-1] for word in words]
