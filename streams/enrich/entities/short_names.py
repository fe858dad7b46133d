"""Short names of organisations, places and other things: which fuller name in an article each one means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from streams.enrich.entities.abbreviations import (
    LEGAL_FORMS,
    acronyms,
    is_syllabic_acronym,
    without_variable_parts,
)
from streams.enrich.entities.forms import MAX_NAMESAKES, Form
from streams.enrich.entities.lexicon import word_list
from streams.events import EntityType

CanonicalName = Callable[[str, EntityType], str | None]
"""From a key and a type to the one name that a table has for all forms of that thing, or None."""

DROPPABLE_WORDS = word_list("droppable_words")
UNITS, BODIES, GENERIC = word_list("units"), word_list("bodies"), word_list("generic")
CHAMBERS = word_list("chambers")
LANDFORMS = word_list("landforms")


class ShortNames:
    """Finds the parents of short names. Fuller names must be resolved before shorter ones."""

    def __init__(self, canonical_name: CanonicalName) -> None:
        self._canonical_name = canonical_name
        self._by_canonical: dict[tuple[EntityType, str], Form] = {}
        self._by_acronym: dict[tuple[EntityType, str], list[Form]] = defaultdict(list)
        self._organizations_by_initial: dict[str, list[Form]] = defaultdict(list)
        self._by_end: dict[tuple[EntityType, str], list[Form]] = defaultdict(list)

    def resolve(self, forms: Iterable[Form]) -> None:
        """Set the parents of short names, by the tables, as acronyms, or by the words that they leave out."""
        for form in sorted(forms, key=lambda form: (-len(form.tokens), form.spans[0].start)):
            form.parent = self._fuller(form)
            if form.parent is None and len(form.tokens) > 1:
                self._index(form)

    def _fuller(self, form: Form) -> Form | None:
        canonical = self._canonical_name(form.key, form.type)
        name = canonical or without_variable_parts(form.key, form.type)
        same = self._by_canonical.setdefault((form.type, name), form)
        if same is not form:
            return same
        if canonical and form.type is not EntityType.ORG:
            return None
        # The tables know what UN means, so it is not an acronym of U.S. Navy.
        searches = (self._longer,) if canonical else (self._expansions, self._longer, self._clipped)
        for search in searches:
            candidates = search(form)
            if len(candidates) == 1:
                return candidates[0]
        return None

    def _index(self, form: Form) -> None:
        for acronym in acronyms(form.tokens) | acronyms(tuple(form.surface.casefold().split())):
            self._by_acronym[form.type, acronym].append(form)
        same_initial = self._organizations_by_initial[form.tokens[0][0]]
        if form.type is EntityType.ORG and len(same_initial) < MAX_NAMESAKES:
            same_initial.append(form)
        for token in {form.tokens[0], form.tokens[-1]}:
            if len(self._by_end[form.type, token]) < MAX_NAMESAKES:
                self._by_end[form.type, token].append(form)

    def _expansions(self, form: Form) -> list[Form]:
        """Return the names that the acronym `form` may stand for."""
        letters = form.surface.replace(".", "")
        shortest = 3 if form.type is EntityType.LOC else 2  # S.D. is a state
        if len(form.tokens) != 1 or not letters.isupper() or not shortest <= len(letters) <= 7:
            return []
        by_initials = self._by_acronym.get((form.type, form.key))
        if by_initials or form.type is not EntityType.ORG or len(letters) < 4:
            return by_initials or []
        return [
            fuller
            for fuller in self._organizations_by_initial.get(form.key[0], ())
            if is_syllabic_acronym(form.key, fuller.tokens)
        ]

    def _clipped(self, form: Form) -> list[Form]:
        """Return the organisations whose first word begins with `form`: Federal Reserve for Fed."""
        if form.type is not EntityType.ORG or len(form.tokens) != 1 or len(form.key) not in (3, 4):
            return []
        return [
            fuller
            for fuller in self._organizations_by_initial.get(form.key[0], ())
            if fuller.tokens[0].startswith(form.key) and len(fuller.tokens[0]) > len(form.key) + 1
        ]

    def _longer(self, form: Form) -> list[Form]:
        """Return the names that have more words before or after `form` and still name the same thing."""
        if not form.tokens or form.surface.isupper():
            return []
        ends = {form.tokens[0], form.tokens[-1]}
        sharing_an_end = dict.fromkeys(f for end in ends for f in self._by_end.get((form.type, end), ()))
        return [fuller for fuller in sharing_an_end if self._abbreviates(form, fuller)]

    def _abbreviates(self, form: Form, fuller: Form) -> bool:
        width = len(form.tokens)
        if fuller.tokens[:width] == form.tokens:
            return _may_drop_end(form, fuller.tokens[width:])
        if fuller.tokens[-width:] == form.tokens and form.type is not EntityType.LOC:
            return self._may_drop_start(form, fuller)
        return False

    def _may_drop_start(self, form: Form, fuller: Form) -> bool:
        """Return True if `fuller` without its first words may be called `form`."""
        dropped = fuller.tokens[: -len(form.tokens)]
        if self._is_nation(" ".join(dropped)):
            return True  # Congress for U.S. Congress
        if len(form.tokens) > 1:
            return False
        word = form.tokens[0]
        if word in CHAMBERS and not GENERIC.issuperset(dropped):
            return False  # the House is neither the White House nor Random House
        # Lakers for Los Angeles Lakers; the Commission, once the European Commission has been named.
        return word not in GENERIC | BODIES or fuller.spans[0].start < form.spans[0].start

    def _is_nation(self, key: str) -> bool:
        return bool(self._canonical_name(key, EntityType.MISC) or self._canonical_name(key, EntityType.LOC))


def _may_drop_end(form: Form, dropped: tuple[str, ...]) -> bool:
    """Return True if a longer name without its last words, `dropped`, may be called `form`."""
    if form.type is EntityType.LOC:
        return len(dropped) == 1 and dropped[0] in LANDFORMS
    last = form.tokens[-1]
    if last in CHAMBERS:
        return dropped == ("of", "representatives")
    if form.type is not EntityType.ORG or last in GENERIC:
        return False
    # Goldman for Goldman Sachs, Harvard for Harvard University; but not for a council of Goldman.
    return all(word in LEGAL_FORMS or word in DROPPABLE_WORDS for word in dropped) or (
        len(dropped) == 1 and dropped[0] not in UNITS and not dropped[0].isdigit()
    )
