"""Duplicates: paragraphs that say again what one above them said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from streams.enrich.cleanup.paragraphs import Paragraph
from streams.enrich.cleanup.words import fold

_FEWEST_WORDS = 4  # "Yes.", "***" and "Q." are repeated on purpose


def drop_duplicates(
    paragraphs: Sequence[Paragraph], before: Iterable[str] = ()
) -> tuple[list[Paragraph], list[Paragraph]]:
    """PARAGRAPHS without those that repeat an earlier one or a text in BEFORE; and the repeated ones."""
    seen = {fold(text) for text in before}
    kept: list[Paragraph] = []
    repeated: list[Paragraph] = []
    for paragraph in paragraphs:
        key = fold(paragraph.text)
        if key in seen and key.count(" ") + 1 >= _FEWEST_WORDS:
            repeated.append(paragraph)
        else:
            seen.add(key)
            kept.append(paragraph)
    return kept, repeated
