"""Phrases: every phrase of a taxonomy found in a text in one pass, at word boundaries, in all its forms.

How a phrase is written in a label file:

    "carbon tax"                 also carbon taxes: the last word is found in the plural as well
    "ratify~ a treaty"           ~ after a word: all its forms, here ratifies, ratified, ratifying
    "expel~ ... diplomat"        a gap: both parts in this order, in one sentence, a few words apart
    "COP28"                      a phrase of capitals alone is found in capitals alone; UN also as U.N.

Case, accents, hyphens and the spelling of -ize or -ise do not count otherwise. Longest match wins.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import accumulate, product

from ahocorasick_rs import AhoCorasick, MatchKind

from streams.enrich.folding import fold_characters
from streams.enrich.labels.english import inflected, plural

GAP = " ... "
GAP_CHARACTERS = 60  # about eight words: "summoned the newly appointed British ambassador"

_SENTENCE_END = re.compile(r"(?<=[^A-Z\s])[.!?][\"”’')]*\s|\n")


def surface_forms(phrase: str) -> list[str]:
    """Every folded string under which PHRASE, one without a gap, is found in a folded text."""
    words = phrase.split()
    variants: list[list[str]] = []
    for position, word in enumerate(words):
        bare = " ".join(fold_characters(word.rstrip("~")).split())
        if word.endswith("~"):
            forms = inflected(bare)
        elif position == len(words) - 1 and len(bare) > 2 and not bare[-1].isdigit():
            forms = [bare, *plural(bare)]
        else:
            forms = [bare]
        if 2 <= len(word) <= 5 and word.isalpha() and word.isupper():
            forms.append(" ".join(bare) + " ")  # U.N. folds to "u n "
        forms += [form.replace("iz", "is") for form in forms if "iz" in form]
        variants.append(forms)
    return sorted({" ".join(choice) for choice in product(*variants)})


class Role(Enum):
    """What a phrase does for its label."""

    FOR = "phrases"
    AGAINST = "contra"
    EXCLUDED = "excludes"  # takes the place of what it contains and says nothing


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase of one label, as its file has it; `weight` is negative when it speaks against the label."""

    label: int
    role: Role
    written: str
    weight: float


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase in a text, at half-open code-point positions."""

    start: int
    end: int
    phrase: Phrase


@dataclass(frozen=True, slots=True)
class _Part:
    """A pattern's place in a phrase: the whole of it, or one side of a gap."""

    phrase: int
    side: int  # 0 the whole, 1 before the gap, 2 after it
    capitals: bool


class Lexicon:
    """All phrases of all labels, compiled; answers which of them a text has."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self.phrases = tuple(phrases)
        parts: dict[str, list[_Part]] = defaultdict(list)
        for index, phrase in enumerate(self.phrases):
            sides = phrase.written.split(GAP)
            for side, part in enumerate(sides, start=1):
                capitals = part.isupper()
                for form in surface_forms(part):
                    parts[form].append(_Part(index, side if len(sides) > 1 else 0, capitals))
        self._parts = tuple(tuple(group) for group in parts.values())
        # Padded by spaces, a pattern only matches whole words; neighbours share a space, hence overlapping.
        self._automaton = AhoCorasick([f" {form} " for form in parts], matchkind=MatchKind.Standard)

    def find(self, text: str, folded: str) -> dict[int, list[Found]]:
        """The phrases in TEXT by label, in text order, none overlapping another of its label.

        FOLDED is `fold_characters(text)`. Excluded phrases have done their work and are not among them.
        """
        whole: dict[int, list[Found]] = defaultdict(list)
        sides: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        matches = self._automaton.find_matches_as_indexes(f" {folded} ", overlapping=True)
        for pattern, start, padded_end in matches:
            end = padded_end - 2
            for part in self._parts[pattern]:
                if part.capitals and not text[start:end].isupper():
                    continue
                if part.side:
                    sides[part.phrase].append((start, end, part.side))
                else:
                    phrase = self.phrases[part.phrase]
                    whole[phrase.label].append(Found(start, end, phrase))
        kept = {label: _longest(found, len(text)) for label, found in whole.items()}
        for index, places in sides.items():
            phrase = self.phrases[index]
            for found in _across_gap(phrase, places, text):
                kept[phrase.label] = _with_gap(found, kept.get(phrase.label, []))
        return {
            label: sorted(
                (one for one in found if one.phrase.role is not Role.EXCLUDED), key=lambda one: one.start
            )
            for label, found in kept.items()
        }


def _longest(found: list[Found], length: int) -> list[Found]:
    """Those that stay when the longest match wins; exclusions only take what lies within them."""
    if len(found) < 2:
        return found
    exclusions = sorted((one for one in found if one.phrase.role is Role.EXCLUDED), key=lambda one: one.start)
    starts = [one.start for one in exclusions]
    reach = list(accumulate((one.end for one in exclusions), max))
    taken = bytearray(length)
    kept = exclusions
    for one in sorted(found, key=lambda one: (one.start - one.end, one.start)):
        before = bisect_right(starts, one.start)
        excluded = before and reach[before - 1] >= one.end
        if not excluded and taken.find(1, one.start, one.end) < 0:
            taken[one.start : one.end] = b"\x01" * (one.end - one.start)
            kept.append(one)
    return kept


def _across_gap(phrase: Phrase, places: Sequence[tuple[int, int, int]], text: str) -> Iterator[Found]:
    """PHRASE wherever its second part follows its first soon enough, in the same sentence."""
    before: tuple[int, int] | None = None
    for start, end, side in sorted(places):
        if side == 1:
            before = (start, end)
        elif (
            before is not None
            and 0 <= start - before[1] <= GAP_CHARACTERS
            and not _SENTENCE_END.search(text, before[1], start)
        ):
            yield Found(before[0], end, phrase)
            before = None


def _with_gap(new: Found, found: list[Found]) -> list[Found]:
    """FOUND with NEW in place of what it overlaps, unless that says more or is excluded."""
    overlapped = [one for one in found if one.start < new.end and new.start < one.end]
    if any(one.phrase.role is Role.EXCLUDED for one in overlapped) or sum(
        one.phrase.weight for one in overlapped
    ) >= abs(new.phrase.weight):
        return found
    return [*(one for one in found if one not in overlapped), new]
