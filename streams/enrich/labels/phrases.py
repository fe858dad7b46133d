"""Phrases: find every phrase of a taxonomy in a text in one pass, at word boundaries, in all its forms.

"carbon tax" finds carbon taxes as well: the plural of the last word. "ratify~ a treaty" finds all forms of
the word before ~, such as ratified and ratifying. "expel~ ... diplomat" has a gap: its second part must
follow the first in the same sentence, a few words later. A phrase of capitals, such as "COP28", is found in
capitals only, and UN also as U.N. Apart from that, case, accents, hyphens and the spelling of -ize or -ise
make no difference. The longest match wins.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import accumulate, product
from operator import attrgetter

from ahocorasick_rs import AhoCorasick, MatchKind

from streams.enrich.folding import fold_characters
from streams.enrich.labels.english import inflected, plural_forms

GAP = " ... "
GAP_CHARACTERS = 60  # about eight words: "summoned the newly appointed British ambassador"

_SENTENCE_END = re.compile(r"(?<=[^A-Z\s])[.!?][\"”’')]*\s|\n")


def surface_forms(phrase: str) -> list[str]:
    """Return every folded string that finds `phrase`, which has no gap, in a folded text."""
    words = phrase.split()
    variants: list[list[str]] = []
    for position, word in enumerate(words):
        bare = " ".join(fold_characters(word.rstrip("~")).split())
        if word.endswith("~"):
            forms = inflected(bare)
        elif position == len(words) - 1 and len(bare) > 2 and not bare[-1].isdigit():
            forms = [bare, *plural_forms(bare)]
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
    EXCLUDED = "excludes"  # takes the place of the phrases in it, and has no weight


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase of one label, as its file has it; `weight` is negative if it speaks against the label."""

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

    @property
    def is_excluded(self) -> bool:
        """True if the phrase only takes the place of others."""
        return self.phrase.role is Role.EXCLUDED


@dataclass(frozen=True, slots=True)
class _Part:
    """A pattern's place in a phrase: the whole phrase, or one side of a gap."""

    phrase: int
    side: int  # 0 the whole, 1 before the gap, 2 after it
    capitals: bool


class Lexicon:
    """All phrases of all labels, compiled, to find them in texts."""

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
        # With a space at both ends a pattern matches whole words only. Neighbours share a space, and overlap.
        self._automaton = AhoCorasick([f" {form} " for form in parts], matchkind=MatchKind.Standard)

    def find(self, text: str, folded: str) -> dict[int, list[Found]]:
        """Return the phrases in `text` by label, in text order; those of one label do not overlap.

        `folded` is `fold_characters(text)`. Excluded phrases are not returned.
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
            label: sorted((match for match in found if not match.is_excluded), key=attrgetter("start"))
            for label, found in kept.items()
        }


def _longest(found: list[Found], length: int) -> list[Found]:
    """Return the phrases that stay if the longest match wins; an exclusion takes only phrases within it."""
    if len(found) < 2:
        return found
    exclusions = sorted((match for match in found if match.is_excluded), key=attrgetter("start"))
    starts = [exclusion.start for exclusion in exclusions]
    reach = list(accumulate((exclusion.end for exclusion in exclusions), max))
    taken = bytearray(length)
    kept = exclusions
    for match in sorted(found, key=lambda match: (match.start - match.end, match.start)):
        before = bisect_right(starts, match.start)
        excluded = before and reach[before - 1] >= match.end
        if not excluded and taken.find(1, match.start, match.end) < 0:
            taken[match.start : match.end] = b"\x01" * (match.end - match.start)
            kept.append(match)
    return kept


def _across_gap(phrase: Phrase, places: Sequence[tuple[int, int, int]], text: str) -> Iterator[Found]:
    """Yield `phrase` wherever its second part follows its first soon enough in the same sentence."""
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
    """Return `found` with `new` in place of what it overlaps, unless that weighs more or is excluded."""
    overlapped = [match for match in found if match.start < new.end and new.start < match.end]
    if any(match.is_excluded for match in overlapped):
        return found
    if sum(match.phrase.weight for match in overlapped) >= abs(new.phrase.weight):
        return found
    return [*(match for match in found if match not in overlapped), new]
