"""Clusters: the mentions of one thing in one article, together.

"John Kerry", "Kerry" and "Mr Kerry" are one; "European Union" and "EU" are; two people who share a surname
are not, and a bare surname then goes to whoever of them was named last.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from streams.enrich.entities.lexicon import NICKNAMES, words
from streams.enrich.entities.surfaces import key_of
from streams.enrich.entities.taggers.base import Span
from streams.events import EntityType

SameThing = Callable[[str, EntityType], str | None]

TITLES = words("titles")
FEMALE, MALE = words("female"), words("male")
GENERATIONS = words("generations")
CORPORATE, DROPPABLE = words("corporate"), words("droppable")
UNITS, BODIES, GENERIC = words("units"), words("bodies"), words("generic")
CHAMBERS = words("chambers")
LANDFORMS, SMALL = words("landforms"), words("small")

# Names that share a part, and mentions around a shared name, that are looked at: more is no article.
MOST_NAMESAKES = 100
NEAREST = 12

_WORD_BEFORE = re.compile(r"([^\W\d_]+)[.,]?\s+$")


@dataclass
class Cluster:
    """One thing: type, fullest name, mentions in text order, and the keys of their surface forms."""

    type: EntityType
    name: str
    spans: list[Span]
    keys: tuple[str, ...]
    thing: str | None = None


@dataclass
class _Name:
    """One surface form with all its mentions; `tokens` is what is compared."""

    type: EntityType
    key: str
    tokens: tuple[str, ...]
    surface: str
    spans: list[Span] = field(default_factory=list)


def cluster(text: str, spans: Sequence[Span], same_thing: SameThing) -> list[Cluster]:
    """The mentions of TEXT grouped by the thing that they name, in order of first mention.

    SPANS must be in text order. SAME_THING tells which surface forms a table knows to be one.
    """
    names = _names(text, spans)
    parents = _People(text, [n for n in names if n.type is EntityType.PER]).parents()
    parents |= _Things([n for n in names if n.type is not EntityType.PER], same_thing).parents()
    groups: dict[int, list[tuple[_Name, Span]]] = defaultdict(list)
    for name in names:
        for span in name.spans:
            owner = (
                parents.get((name.type, name.key, span.start))
                or parents.get((name.type, name.key, -1))
                or name
            )
            groups[id(_root(owner, parents))].append((name, span))
    clusters = [_cluster(group, same_thing) for group in groups.values()]
    return sorted(_merged(clusters), key=lambda c: c.spans[0].start)


_Owner = tuple[EntityType, str, int]


def _root(name: _Name, parents: dict[_Owner, _Name]) -> _Name:
    while (owner := parents.get((name.type, name.key, -1))) is not None and owner is not name:
        name = owner
    return name


def _names(text: str, spans: Iterable[Span]) -> list[_Name]:
    names: dict[tuple[EntityType, str], _Name] = {}
    for span in spans:
        surface = text[span.start : span.end]
        key = key_of(surface)
        name = names.get((span.type, key))
        if name is None:
            tokens = _person_tokens(key) if span.type is EntityType.PER else tuple(key.split())
            name = names[span.type, key] = _Name(span.type, key, tokens, surface)
        name.spans.append(span)
    return list(names.values())


def _person_tokens(key: str) -> tuple[str, ...]:
    """The parts of a person's name: no titles before it, no Jr after it, no initials in the middle."""
    tokens = key.replace(",", " ").split()
    while len(tokens) > 1 and tokens[0] in TITLES:
        tokens = tokens[1:]
    while len(tokens) > 1 and tokens[-1] in GENERATIONS:
        tokens = tokens[:-1]
    if len(tokens) > 2:
        tokens = [tokens[0], *(t for t in tokens[1:-1] if len(t) > 1), tokens[-1]]
    return tuple(tokens)


class _People:
    """Who of the people named in an article is meant by a shorter name."""

    def __init__(self, text: str, names: list[_Name]) -> None:
        self._text = text
        self._names = sorted(names, key=lambda n: (-len(n.tokens), n.spans[0].start))
        self._parents: dict[_Owner, _Name] = {}
        self._by_token: dict[str, list[_Name]] = defaultdict(list)

    def parents(self) -> dict[_Owner, _Name]:
        """For a shorter name, or for one mention of it when two people share it, the fuller name."""
        for name in self._names:
            bearers = self._bearers(name)
            if len(bearers) == 1:
                self._parents[name.type, name.key, -1] = bearers[0]
            elif bearers:
                self._share(name, bearers)
            if not bearers:
                for token in set(name.tokens):
                    if len(self._by_token[token]) < MOST_NAMESAKES:
                        self._by_token[token].append(name)
        return self._parents

    def _bearers(self, name: _Name) -> list[_Name]:
        """The fuller names that NAME can be short for: those who bear it as surname before all others."""
        best: list[_Name] = []
        best_fit = 0
        for fuller in self._by_token.get(name.tokens[-1], ()) if name.tokens else ():
            fit = _fit(name.tokens, fuller.tokens)
            if fit > best_fit:
                best, best_fit = [fuller], fit
            elif fit and fit == best_fit:
                best.append(fuller)
        return best

    def _share(self, name: _Name, bearers: list[_Name]) -> None:
        """Give each mention of a shared name to who was named last before it, or first after it."""
        sexes = {id(b): {self._sex(span) for span in b.spans} - {None} for b in bearers}
        named = sorted(((span.start, b) for b in bearers for span in b.spans), key=lambda pair: pair[0])
        for span in name.spans:
            sex = self._sex(span)
            at = bisect_left(named, span.start, key=lambda pair: pair[0])
            nearest = [b for _, b in [*reversed(named[max(0, at - NEAREST) : at]), *named[at : at + NEAREST]]]
            known = [b for b in nearest if sex and sex in sexes[id(b)]]
            unknown = [b for b in nearest if sex is None or not sexes[id(b)]]
            self._parents[name.type, name.key, span.start] = [*known, *unknown, *nearest][0]

    def _sex(self, span: Span) -> str | None:
        """What the honorific before or in a mention says: f, m or None."""
        match = _WORD_BEFORE.search(self._text[max(0, span.start - 20) : span.start])
        first = self._text[span.start : span.end].split(maxsplit=1)[0].rstrip(".").casefold()
        for word in (match.group(1).casefold() if match else "", first):
            if word in FEMALE:
                return "f"
            if word in MALE:
                return "m"
        return None


def _fit(short: tuple[str, ...], full: tuple[str, ...]) -> int:
    """How well SHORT abbreviates FULL: 4 a form of it, 3 its surname, 2 a part, 1 its first name, 0 not."""
    if len(short) >= 2 and len(full) >= 2:
        same_end = short[-1] == full[-1]
        if same_end and len(short) <= len(full) and _same_first(short[0], full[0]):
            return 4
    if len(short) >= len(full):
        return 0
    width = len(short)
    places = [i for i in range(len(full) - width + 1) if full[i : i + width] == short]
    if not places:
        return 0
    if places[-1] == len(full) - width:
        return 3
    return 1 if places[-1] == 0 and width == 1 else 2


def _same_first(one: str, other: str) -> bool:
    if one == other or NICKNAMES.get(one, one) == NICKNAMES.get(other, other):
        return True
    return (len(one) == 1 or len(other) == 1) and one[0] == other[0]


class _Things:
    """Which place, organisation or other thing is meant by a shorter name."""

    def __init__(self, names: list[_Name], same_thing: SameThing) -> None:
        self._names = sorted(names, key=lambda n: (-len(n.tokens), n.spans[0].start))
        self._same_thing = same_thing
        self._by_thing: dict[tuple[EntityType, str], _Name] = {}
        self._by_acronym: dict[tuple[EntityType, str], list[_Name]] = defaultdict(list)
        self._by_initial: dict[str, list[_Name]] = defaultdict(list)
        self._by_end: dict[tuple[EntityType, str], list[_Name]] = defaultdict(list)

    def parents(self) -> dict[_Owner, _Name]:
        """The fuller name of each shorter one: by table, by acronym, by what it leaves out."""
        parents: dict[_Owner, _Name] = {}
        for name in self._names:
            thing = self._same_thing(name.key, name.type)
            fuller = self._by_thing.setdefault((name.type, thing or _plain(name)), name)
            if fuller is name and not (thing and name.type is not EntityType.ORG):
                # The UN is spelt out by the tables, and is no U.S. Navy.
                ways = (self._longer,) if thing else (self._spelt_out, self._longer, self._clipped)
                fuller = next((only for way in ways if (only := self._only(way(name)))), name)
            if fuller is not name:
                parents[name.type, name.key, -1] = fuller
            elif len(name.tokens) > 1:
                self._index(name)
        return parents

    def _index(self, name: _Name) -> None:
        for acronym in _acronyms(name.tokens) | _acronyms(tuple(name.surface.casefold().split())):
            self._by_acronym[name.type, acronym].append(name)
        initial = self._by_initial[name.tokens[0][0]]
        if name.type is EntityType.ORG and len(initial) < MOST_NAMESAKES:
            initial.append(name)
        for token in {name.tokens[0], name.tokens[-1]}:
            if len(self._by_end[name.type, token]) < MOST_NAMESAKES:
                self._by_end[name.type, token].append(name)

    def _spelt_out(self, name: _Name) -> list[_Name]:
        """What the acronym NAME may stand for."""
        short = name.surface.replace(".", "")
        least = 3 if name.type is EntityType.LOC else 2  # S.D. is a state
        acronym = len(name.tokens) == 1 and short.isupper() and least <= len(short) <= 7
        if not acronym:
            return []
        known = self._by_acronym.get((name.type, name.key))
        if known or name.type is not EntityType.ORG or len(short) < 4:
            return known or []
        return [f for f in self._by_initial.get(name.key[0], ()) if _syllables(name.key, f.tokens)]

    def _clipped(self, name: _Name) -> list[_Name]:
        """The organisations whose first word NAME is the beginning of: Federal Reserve for Fed."""
        if name.type is not EntityType.ORG or len(name.tokens) != 1 or len(name.key) not in (3, 4):
            return []
        same = self._by_initial.get(name.key[0], ())
        return [f for f in same if f.tokens[0].startswith(name.key) and len(f.tokens[0]) > len(name.key) + 1]

    def _longer(self, name: _Name) -> list[_Name]:
        """The names that go on where NAME ends, or begin before it, and still name the same thing."""
        if not name.tokens or name.surface.isupper():
            return []
        ends = {name.tokens[0], name.tokens[-1]}
        nearby = {id(n): n for end in ends for n in self._by_end.get((name.type, end), ())}
        return [fuller for fuller in nearby.values() if self._abbreviates(name, fuller)]

    def _abbreviates(self, name: _Name, fuller: _Name) -> bool:
        short, full = name.tokens, fuller.tokens
        width = len(short)
        if full[:width] == short:
            rest = full[width:]
            if name.type is EntityType.LOC:
                return len(rest) == 1 and rest[0] in LANDFORMS
            if short[-1] in CHAMBERS:
                return rest == ("of", "representatives")
            if name.type is EntityType.ORG and short[-1] not in GENERIC:
                # Goldman for Goldman Sachs, Harvard for Harvard University, but no council of Goldman.
                return all(t in CORPORATE or t in DROPPABLE for t in rest) or (
                    len(rest) == 1 and rest[0] not in UNITS and not rest[0].isdigit()
                )
            return False
        if full[-width:] != short or name.type is EntityType.LOC:
            return False
        rest = full[:-width]
        if self._is_national(" ".join(rest)):
            return True  # the Congress of the U.S. Congress
        if width > 1:
            return False
        if short[0] in CHAMBERS and not GENERIC.issuperset(rest):
            return False  # the House is no White House, and no Random House
        # The Lakers of Los Angeles; the Commission, once the European Commission has been named.
        return short[0] not in GENERIC | BODIES or fuller.spans[0].start < name.spans[0].start

    def _is_national(self, key: str) -> bool:
        return bool(self._same_thing(key, EntityType.MISC) or self._same_thing(key, EntityType.LOC))

    @staticmethod
    def _only(candidates: Sequence[_Name]) -> _Name | None:
        return candidates[0] if len(candidates) == 1 else None


def _syllables(acronym: str, tokens: tuple[str, ...]) -> bool:
    """Whether ACRONYM is made of the beginnings of all TOKENS: tepco of Tokyo Electric Power Company."""
    tokens = tuple(t for t in tokens if t not in SMALL)
    if not tokens:
        return not acronym
    longest = min(3, len(acronym) - len(tokens) + 1)
    return any(
        acronym[:size] == tokens[0][:size] and _syllables(acronym[size:], tokens[1:])
        for size in range(1, longest + 1)
    )


def without_legal_form(key: str) -> str:
    """The key of a company's name without "Inc" or "Corp" at its end."""
    tokens = key.split()
    while len(tokens) > 1 and tokens[-1] in CORPORATE:
        tokens.pop()
    return " ".join(tokens).rstrip(",")


def _plain(name: _Name) -> str:
    """The name without what varies: a company's legal form, "D.C.", the plural of a people."""
    tokens = list(name.tokens)
    if name.type is EntityType.ORG:
        key = without_legal_form(name.key)
        return key.removesuffix("s") if len(key) > 6 and " " not in key else key
    if name.type is EntityType.LOC and len(tokens) > 1 and tokens[-1] == "dc":
        tokens = [t.rstrip(",") for t in tokens[:-1]]
    elif name.type is EntityType.MISC and tokens and len(tokens[-1]) > 4:
        tokens[-1] = tokens[-1].removesuffix("s")
    return " ".join(tokens)


def _acronyms(tokens: tuple[str, ...]) -> set[str]:
    """What TOKENS may be shortened to: with and without the letters of small words, or of the last."""
    long = "".join(t[0] for t in tokens if t not in SMALL)
    acronyms = {long, "".join(t[0] for t in tokens)}
    if len(long) > 3:
        acronyms.add(long[:-1])  # CDC, of the Centers for Disease Control and Prevention
    return acronyms


def _cluster(group: list[tuple[_Name, Span]], same_thing: SameThing) -> Cluster:
    type_ = group[0][0].type
    spans = sorted(span for _, span in group)
    counts = Counter(name.surface for name, _ in group)
    keys = tuple(dict.fromkeys(name.key for name, _ in group))
    things = (same_thing(key, type_) for key in keys)
    return Cluster(type_, _fullest(type_, counts), spans, keys, next((t for t in things if t), None))


def _fullest(type_: EntityType, counts: Counter[str]) -> str:
    """The fullest of the surface forms; of equals one that is not all capitals, then the most frequent."""
    if type_ is EntityType.MISC:
        return " ".join(max(counts, key=lambda s: (counts[s], not s.isupper())).split())
    names: Counter[str] = Counter()
    for surface, count in counts.items():
        names[_without_titles(surface) if type_ is EntityType.PER else " ".join(surface.split())] += count
    return max(names, key=lambda n: (n.count(" "), not n.isupper(), names[n], len(n)))


def _without_titles(surface: str) -> str:
    words = surface.split()
    while len(words) > 1 and words[0].rstrip(".").casefold() in TITLES:
        words = words[1:]
    return " ".join(words)


def _merged(clusters: list[Cluster]) -> Iterable[Cluster]:
    """Clusters of one type and name are one, so that the id made of both is unique in the article."""
    by_name: dict[tuple[EntityType, str], Cluster] = {}
    for c in clusters:
        held = by_name.setdefault((c.type, c.name), c)
        if held is not c:
            held.spans = sorted([*held.spans, *c.spans])
            held.keys = tuple(dict.fromkeys([*held.keys, *c.keys]))
    return by_name.values()
