"""Duplicates: paragraphs that say again, word for word or nearly, what one above them said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from streams.enrich.cleanup.paragraphs import Paragraph
from streams.enrich.cleanup.words import words

_FEWEST_WORDS = 8  # "Yes.", "***" and an interview's questions are repeated on purpose
_REFRAIN, _LONGEST_REFRAIN = 4, 20  # times, words: short text said so often is the article's form, not a slip
_SHINGLE = 3  # words
_FEWEST_NEAR = 20  # words: in fewer, the one that differs may be all that matters
_STEP = 4  # of an earlier paragraph's shingles every fourth is remembered: enough to find it by
_NEAR = 0.85  # share of shingles: one word in thirty may differ


def drop_duplicates(
    paragraphs: Sequence[Paragraph], before: Iterable[str] = ()
) -> tuple[list[Paragraph], list[Paragraph]]:
    """PARAGRAPHS without those that repeat an earlier one or a text in BEFORE; and the repeated ones."""
    keys = [" ".join(paragraph.words) for paragraph in paragraphs]
    times = Counter(keys)
    seen = {" ".join(words(text)) for text in before}
    owners: dict[tuple[str, ...], int] = {}
    kept: list[Paragraph] = []
    repeated: list[Paragraph] = []
    for index, (paragraph, key) in enumerate(zip(paragraphs, keys, strict=True)):
        length = len(paragraph.words)
        if key in seen:
            refrain = times[key] >= _REFRAIN and length < _LONGEST_REFRAIN
            is_duplicate = length >= _FEWEST_WORDS and not refrain
        else:
            is_duplicate = length >= _FEWEST_NEAR and _is_near(index, paragraphs, owners)
        seen.add(key)
        (repeated if is_duplicate else kept).append(paragraph)
    return kept, repeated


def _is_near(index: int, paragraphs: Sequence[Paragraph], owners: dict[tuple[str, ...], int]) -> bool:
    """Whether the paragraph at INDEX is nearly all in one earlier paragraph, with the same figures.

    OWNERS maps a shingle to the first paragraph that has it, and gets some of this one's, unless it is a
    duplicate: one owner a shingle keeps the search linear.
    """
    tokens = paragraphs[index].words
    shingles = list(_shingles(tokens))
    shared = Counter(owners[shingle] for shingle in shingles if shingle in owners)
    if shared:
        count, owner = max((count, -owner) for owner, count in shared.items())
        earlier = paragraphs[-owner].words
        if (
            count * _STEP >= len(shingles) / 2
            and len(set(shingles).intersection(_shingles(earlier))) >= _NEAR * len(set(shingles))
            and _figures(tokens) <= _figures(earlier)
        ):
            return True
    for shingle in shingles[::_STEP]:
        owners.setdefault(shingle, index)
    return False


def _shingles(tokens: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return zip(*(tokens[start:] for start in range(_SHINGLE)), strict=False)


def _figures(tokens: Iterable[str]) -> set[str]:
    return {token for token in tokens if any(character.isdigit() for character in token)}
