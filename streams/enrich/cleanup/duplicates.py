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

_Shingle = tuple[str, ...]


def drop_duplicates(
    paragraphs: Sequence[Paragraph], before: Iterable[str] = ()
) -> tuple[list[Paragraph], list[Paragraph]]:
    """PARAGRAPHS without those that repeat an earlier one or a text in BEFORE; and the repeated ones."""
    keys = [" ".join(paragraph.words) for paragraph in paragraphs]
    times = Counter(keys)
    seen = {" ".join(words(text)) for text in before}
    above = _Above(paragraphs)
    kept: list[Paragraph] = []
    repeated: list[Paragraph] = []
    for index, (paragraph, key) in enumerate(zip(paragraphs, keys, strict=True)):
        length = len(paragraph.words)
        if key in seen:
            refrain = times[key] >= _REFRAIN and length < _LONGEST_REFRAIN
            is_duplicate = length >= _FEWEST_WORDS and not refrain
        else:
            is_duplicate = length >= _FEWEST_NEAR and above.has_near(index)
        seen.add(key)
        (repeated if is_duplicate else kept).append(paragraph)
    return kept, repeated


class _Above:
    """Finds the paragraph above one that says nearly all of it, in time linear in the text's length."""

    def __init__(self, paragraphs: Sequence[Paragraph]) -> None:
        self._paragraphs = paragraphs
        self._owners: dict[_Shingle, int] = {}  # the first paragraph that has it: one is enough
        self._contents: dict[int, tuple[set[_Shingle], set[str]]] = {}

    def has_near(self, index: int) -> bool:
        """Whether nearly all of the paragraph at INDEX stands in one above it, with the same figures.

        The paragraph is remembered, unless it is a duplicate.
        """
        tokens = self._paragraphs[index].words
        shingles = list(_shingles(tokens))
        if not self._owners.keys().isdisjoint(shingles):
            shared = Counter(self._owners[shingle] for shingle in shingles if shingle in self._owners)
            count, owner = max((count, -owner) for owner, count in shared.items())
            if count * _STEP >= len(shingles) / 2:
                earlier, figures = self._content(-owner)
                own = set(shingles)
                if len(own & earlier) >= _NEAR * len(own) and _figures(tokens) <= figures:
                    return True
        for shingle in shingles[::_STEP]:
            self._owners.setdefault(shingle, index)
        return False

    def _content(self, index: int) -> tuple[set[_Shingle], set[str]]:
        if index not in self._contents:
            tokens = self._paragraphs[index].words
            self._contents[index] = set(_shingles(tokens)), _figures(tokens)
        return self._contents[index]


def _shingles(tokens: Sequence[str]) -> Iterator[_Shingle]:
    return zip(*(tokens[start:] for start in range(_SHINGLE)), strict=False)


def _figures(tokens: Iterable[str]) -> set[str]:
    return {token for token in tokens if any(character.isdigit() for character in token)}
