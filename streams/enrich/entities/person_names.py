"""Short names of people: which of the people in an article "Kerry", "Mr Kerry" or "John" means."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from enum import IntEnum

from streams.enrich.entities.forms import MAX_NAMESAKES, Form
from streams.enrich.entities.lexicon import FIRST_NAMES, word_list
from streams.enrich.entities.taggers.base import Span

FEMALE_WORDS, MALE_WORDS = word_list("female_words"), word_list("male_words")

NEAREST_MENTIONS = 12
"""Mentions of people with the same surname that are looked at on each side of a bare surname."""

_KIN = "|".join(sorted(word_list("kin")))
_KIN_BEFORE = re.compile(rf"\b(?:{_KIN}),?\s+$", re.IGNORECASE)
_COMPANION_BEFORE = re.compile(rf"\b(?:(?:{_KIN}),?|with|beside|alongside|joined by)\s+$", re.IGNORECASE)
_SENTENCE_BREAK = re.compile(r"[a-z\d)”\"][.!?][”\"]?\s|\n")
_HEADLINE = re.compile(r"[^\n]{1,150}[^\n.!?”\"]\n")
_FATHER_BEFORE = re.compile(
    r"\b(?:father|grandfather|dad|president|senior),?\s+(?:[A-Z]\w+\s+)?$", re.IGNORECASE
)
_WORD_BEFORE = re.compile(r"([^\W\d_]+)[.,]?\s+$")


class Match(IntEnum):
    """How a short name abbreviates a full one; the larger, the more likely it means the same person."""

    NONE = 0
    FIRST_NAME = 1
    PART = 2
    SURNAME = 3
    VARIANT = 4
    """The same surname, and a first name that may be the same: "J. Kerry", "Jack Kerry"."""


def resolve_people(text: str, forms: Iterable[Form]) -> None:
    """Set the parents of people's short names.

    A bare surname that two people share goes, at each mention, to the one whom the article has called by it,
    else to the one who was named last before it. Where it stands before all of them, it is another person's:
    "Biden" beside Hunter and Jill Biden.
    """
    by_token: dict[str, list[Form]] = defaultdict(list)
    for form in sorted(forms, key=lambda form: (-len(form.tokens), form.spans[0].start)):
        candidates = _candidates(text, form, by_token)
        if candidates and _is_another_person(text, form, candidates):
            _index(form, by_token)
        elif len(candidates) == 1:
            form.parent = candidates[0]
        elif candidates:
            _assign_mentions(text, form, candidates)
        else:
            _index(form, by_token)


def _index(form: Form, by_token: dict[str, list[Form]]) -> None:
    for token in set(form.tokens):
        if len(by_token[token]) < MAX_NAMESAKES:
            by_token[token].append(form)


def _candidates(text: str, form: Form, by_token: dict[str, list[Form]]) -> list[Form]:
    """Return the fuller names that `form` abbreviates best."""
    best: list[Form] = []
    best_match = Match.NONE
    for fuller in by_token.get(form.tokens[-1], ()) if form.tokens else ():
        if _is_other_generation(text, form, fuller):
            continue
        match = match_names(form.tokens, fuller.tokens)
        if match > best_match:
            best, best_match = [fuller], match
        elif match and match == best_match:
            best.append(fuller)
    return best


def _is_other_generation(text: str, form: Form, fuller: Form) -> bool:
    """Return True for a father and a son of one name: "Donald Trump" and "Donald Trump Jr.".

    A writer who has called a man by the name without "Jr." means another by the name with it. In the other
    order they are the same man, unless the text calls him the father.
    """
    if len(form.tokens) < 2 or len(fuller.tokens) < 2 or form.generation == fuller.generation:
        return False
    plain, junior = (form, fuller) if fuller.generation else (fuller, form)
    if plain.generation:
        return True
    first = plain.spans[0].start
    return first < junior.spans[0].start or bool(_FATHER_BEFORE.search(text, max(0, first - 40), first))


def _is_another_person(text: str, form: Form, people: Sequence[Form]) -> bool:
    """Return True if a bare surname stands before the full names of `people`, who are somebody's family.

    Several people of one surname are, and so is one who is introduced as a wife or son. The headline does not
    count: it has bare surnames of those whom the text introduces.
    """
    width = len(form.tokens)
    if any(len(p.tokens) == width or p.tokens[-width:] != form.tokens for p in people):
        return False
    headline = _HEADLINE.match(text)
    headline_end = headline.end() if headline else 0
    in_body = [span for span in form.spans if span.start >= headline_end]
    introductions = [
        min(s.start for s in person.spans if s.start >= headline_end or s is person.spans[-1])
        for person in people
    ]
    if not in_body or in_body[0].start > min(introductions) or _gender(text, in_body[0]):
        return False
    return (
        len(people) > 1
        or _KIN_BEFORE.search(text, max(0, introductions[0] - 30), introductions[0]) is not None
    )


def _assign_mentions(text: str, form: Form, people: list[Form]) -> None:
    """Give each mention of a shared name to the person who is called by it, or who was named last before it.

    An honorific decides first: "Ms Castro" is not a person who was called Mr.
    """
    genders = {person: {_gender(text, span) for span in person.spans} - {None} for person in people}
    mentions = sorted(
        ((span.start, person) for person in people for span in person.spans), key=lambda mention: mention[0]
    )
    called = _called_by_surname(text, form, mentions)
    for span in form.spans:
        gender = _gender(text, span)
        index = bisect_left(mentions, span.start, key=lambda mention: mention[0])
        before = mentions[max(0, index - NEAREST_MENTIONS) : index]
        after = mentions[index : index + NEAREST_MENTIONS]
        nearest = [person for _, person in [*reversed(before), *after]]
        if called:
            nearest = [called, *nearest]
        same_gender = [person for person in nearest if gender and gender in genders[person]]
        unknown_gender = [person for person in nearest if gender is None or not genders[person]]
        form.mention_parents[span.start] = [*same_gender, *unknown_gender, *nearest][0]


def _called_by_surname(text: str, form: Form, mentions: Sequence[tuple[int, Form]]) -> Form | None:
    """Return the first person of this surname if the text, or its headline, calls that one by it.

    The bare surname then stands before the name of another person who has it, or the others are introduced
    later, or as that person's family: "Joe Biden and his son, Hunter Biden".
    """
    first = mentions[0][1]
    others = {person: start for start, person in reversed(mentions) if person is not first}
    if not others:
        return None
    if form.spans[0].start < min(others.values()):
        return first
    are_later = all(
        _SENTENCE_BREAK.search(text, mentions[0][0], start)
        or _COMPANION_BEFORE.search(text, max(0, start - 30), start)
        for start in others.values()
    )
    return first if are_later else None


def _gender(text: str, span: Span) -> str | None:
    """Return the gender, f or m, that the word before a mention or its first word tells, or None."""
    before = _WORD_BEFORE.search(text[max(0, span.start - 20) : span.start])
    first = text[span.start : span.end].split(maxsplit=1)[0].rstrip(".").casefold()
    for word in (before.group(1).casefold() if before else "", first):
        if word in FEMALE_WORDS:
            return "f"
        if word in MALE_WORDS:
            return "m"
    return None


def match_names(short: tuple[str, ...], full: tuple[str, ...]) -> Match:
    """Return how the name with the tokens `short` abbreviates the name with the tokens `full`."""
    if len(short) >= 2 and len(full) >= 2:
        same_surname = short[-1] == full[-1]
        if same_surname and len(short) <= len(full) and _may_be_same_first_name(short[0], full[0]):
            return Match.VARIANT
    if len(short) >= len(full):
        return Match.NONE
    width = len(short)
    positions = [i for i in range(len(full) - width + 1) if full[i : i + width] == short]
    if not positions:
        return Match.NONE
    if positions[-1] == len(full) - width:
        return Match.SURNAME
    return Match.FIRST_NAME if positions[-1] == 0 and width == 1 else Match.PART


def _may_be_same_first_name(first: str, other: str) -> bool:
    if first == other or FIRST_NAMES.get(first, first) == FIRST_NAMES.get(other, other):
        return True
    return (len(first) == 1 or len(other) == 1) and first[0] == other[0]
