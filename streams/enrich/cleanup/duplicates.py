"""Duplicates: paragraphs that repeat an earlier paragraph, word for word or nearly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from streams.enrich.cleanup.paragraphs import Paragraph
from streams.enrich.cleanup.words import words

_FEWEST_WORDS = 8  # "Yes.", "***" and an interview's questions are repeated on purpose
_REFRAIN, _LONGEST_REFRAIN = 4, 20  # times, words; a short text that is repeated so often is a refrain
_SHINGLE = 3  # words
_FEWEST_NEAR = 20  # words; in a shorter paragraph the word that differs may be all that matters
_STEP = 4  # every fourth shingle of an earlier paragraph is kept, which is enough to find it
_NEAR = 0.85  # share of shingles; one word in thirty may differ

_Shingle = tuple[str, ...]


def drop_duplicates(
    paragraphs: Sequence[Paragraph], before: Iterable[str] = ()
) -> tuple[list[Paragraph], list[Paragraph]]:
    """Return the paragraphs that repeat no earlier one and no text in `before`, and those that do."""
    keys = [" ".join(paragraph.words) for paragraph in paragraphs]
    times = Counter(keys)
    seen = {" ".join(words(text)) for text in before}
    earlier = _EarlierParagraphs(paragraphs)
    kept: list[Paragraph] = []
    repeated: list[Paragraph] = []
    for index, (paragraph, key) in enumerate(zip(paragraphs, keys, strict=True)):
        length = len(paragraph.words)
        if key in seen:
            refrain = times[key] >= _REFRAIN and length < _LONGEST_REFRAIN
            is_duplicate = length >= _FEWEST_WORDS and not refrain
        else:
            is_duplicate = length >= _FEWEST_NEAR and earlier.have_near(index)
        seen.add(key)
        (repeated if is_duplicate else kept).append(paragraph)
    return kept, repeated


class _EarlierParagraphs:
    """Finds an earlier paragraph that says nearly the same, in time linear in the text's length."""

    def __init__(self, paragraphs: Sequence[Paragraph]) -> None:
        self._paragraphs = paragraphs
        self._owners: dict[_Shingle, int] = {}  # the first paragraph that has it; one is enough
        self._contents: dict[int, tuple[set[_Shingle], set[str]]] = {}

    def have_near(self, index: int) -> bool:
        """Return True if an earlier paragraph has nearly all of this one, and the same figures.

        A paragraph that is not a duplicate is kept for later ones.
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
