"""Duplicates: paragraphs that say again, word for word or nearly, what one above them said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from streams.enrich.cleanup.paragraphs import Paragraph
from streams.enrich.cleanup.words import fold

_FEWEST_WORDS = 8  # "Yes.", "***" and an interview's questions are repeated on purpose
_REFRAIN, _LONGEST_REFRAIN = 4, 20  # times, words: short text said so often is the article's form, not a slip
_SHINGLE = 3  # words
_FEWEST_NEAR = 20  # words: in fewer, the one that differs may be all that matters
_NEAR = 0.85  # share of shingles: one word in thirty may differ


def drop_duplicates(
    paragraphs: Sequence[Paragraph], before: Iterable[str] = ()
) -> tuple[list[Paragraph], list[Paragraph]]:
    """PARAGRAPHS without those that repeat an earlier one or a text in BEFORE; and the repeated ones."""
    keys = [fold(paragraph.text) for paragraph in paragraphs]
    times = Counter(keys)
    seen = {fold(text) for text in before}
    owners: dict[tuple[str, ...], int] = {}
    kept: list[Paragraph] = []
    repeated: list[Paragraph] = []
    for index, (paragraph, key) in enumerate(zip(paragraphs, keys, strict=True)):
        tokens = key.split(" ")
        if key in seen:
            refrain = times[key] >= _REFRAIN and len(tokens) < _LONGEST_REFRAIN
            is_duplicate = len(tokens) >= _FEWEST_WORDS and not refrain
        else:
            is_duplicate = _is_near(index, tokens, keys, owners)
        seen.add(key)
        (repeated if is_duplicate else kept).append(paragraph)
    return kept, repeated


def _is_near(
    index: int, tokens: Sequence[str], keys: Sequence[str], owners: dict[tuple[str, ...], int]
) -> bool:
    """Whether TOKENS are nearly all in one earlier paragraph, with the same figures.

    OWNERS maps a shingle to the first paragraph that has it, and gets those of this one, unless it is a
    duplicate: one owner a shingle keeps the search linear.
    """
    if len(tokens) < _FEWEST_NEAR:
        return False
    shingles = set(zip(*(tokens[start:] for start in range(_SHINGLE)), strict=False))
    shared = Counter(owners[shingle] for shingle in shingles if shingle in owners)
    if shared:
        count, owner = max((count, -owner) for owner, count in shared.items())
        if count >= _NEAR * len(shingles) and _figures(tokens) <= _figures(keys[-owner].split(" ")):
            return True
    for shingle in shingles:
        owners.setdefault(shingle, index)
    return False


def _figures(tokens: Iterable[str]) -> set[str]:
    return {token for token in tokens if any(character.isdigit() for character in token)}
