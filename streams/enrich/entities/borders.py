"""Borders: names that a tagger cuts in pieces are joined, and what only looks like a name is dropped.

"Marks & Spencer", "Stratford-upon-Avon", "Rosa-Lena Brandt-Kohl", "Paris Saint-Germain" and "Yahoo! Inc." are
one name each. "Laura Quist, R.N." has a degree and no second name.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from operator import attrgetter

from streams.enrich.entities.lexicon import word_list
from streams.enrich.entities.linking.tables import LARGE_CITY, IdentityTables
from streams.enrich.entities.surfaces import LONGEST_NAME, key_of
from streams.enrich.entities.taggers.base import Span
from streams.events import EntityType

JOINED_SCORE = 0.8

_CAPITALISED = r"[^\W\d_a-zß-öø-ÿ][\w'’]*"
_COMPANY_WORDS = r"(?:\s(?:Co|Bros|Sons|Company)\b\.?)?"
_AMPERSAND = re.compile(rf"(?P<left>{_CAPITALISED})\s&\s(?P<right>{_CAPITALISED}){_COMPANY_WORDS}")
_WORDS_BEFORE = re.compile(rf"(?:{_CAPITALISED}\s){{1,2}}$")
_LINK = rf"[-‑](?:{'|'.join(sorted(word_list('place_links')))})[-‑]"
_PLACE_LINK = re.compile(_LINK, re.IGNORECASE)
_SURE_LINK = re.compile(r"[-‑](?:am|lès|sous|sur|under|upon)[-‑](?=[^\W\d_a-z])")
_PLACE_NAME = re.compile(rf"\S+{_LINK}\S+", re.IGNORECASE)
_COMPOUND_BEFORE = re.compile(r"[\w'’‑-]+$")
_start = attrgetter("start")
_COMPOUND_AFTER = re.compile(r"[\w’'‑-]{0,60}[\w]")
_GENITIVE = re.compile(r"['’]s$")
_HYPHENS = ("-", "‑")

_DEGREES = word_list("degrees")
_DEGREE = "|".join(sorted(map(re.escape, _DEGREES), key=len, reverse=True))
_DEGREES_AFTER = re.compile(
    rf",?\s+(?P<degree>{_DEGREE}|(?:[A-Z][A-Za-z]{{0,2}}\.){{2,5}})(?P<pause>\.?(?:[,;:)\n]|$)|\.(?=\s))?"
    r"(?(pause)|(?=\s+[a-z(]|\s+[A-Z][a-z]+\s[a-z]))"
)
_DEGREES_AT_END = re.compile(rf"(?:,\s+(?:{_DEGREE})\.?)+$")

_GENITIVE_COMPANIES = frozenset(map(key_of, word_list("genitive_companies")))
LEGAL_FORMS = word_list("legal_forms")
_CRY_BEFORE = re.compile(rf"(?:^|[.,;:]\s|\b(?:[a-z]+|[A-Z]\w*)\s)(?P<name>{_CAPITALISED})!\s$")
_BEFORE_LEGAL_FORM = re.compile(rf"(?P<name>{_CAPITALISED}[!?]?),?\s$")

_CLUB_WORDS, _CLUB_NAMES = word_list("club_words"), word_list("club_names")
_CLUB_BEGINNINGS, _CLUB_PREFIXES = word_list("club_beginnings"), word_list("club_prefixes")
_CLUB_AFTER = re.compile(rf"\s(?P<saint>(?:St\.?|Saint)[ -])?(?P<word>{_CAPITALISED})(?:-{_CAPITALISED})*")

Stretch = tuple[int, int]


def mend_borders(text: str, spans: Sequence[Span], tables: IdentityTables) -> list[Span]:
    """Return `spans`, which are trimmed and in text order, with the pieces of each name joined."""
    mended = _without_degrees(text, spans, tables)
    for find in (
        _companies_with_legal_forms,
        _compounds,
        _companies_with_ampersand,
        _companies_with_genitive,
        _clubs,
    ):
        joined = list(find(text, mended, tables))
        if joined:
            mended = _replace(mended, joined)
    return mended


def with_genitive_ends(text: str, spans: Sequence[Span], tables: IdentityTables) -> list[Span]:
    """Return `spans`, in which companies such as "Wendy's" have the whole of their names."""
    joined = list(_companies_with_genitive(text, spans, tables))
    return _replace(spans, joined) if joined else list(spans)


def _replace(spans: Sequence[Span], joined: Sequence[Span]) -> list[Span]:
    """Return `joined`, the first of those that overlap, and the `spans` that overlap none of them."""
    chosen: list[Span] = []
    for span in sorted(joined, key=lambda s: (s.start, -s.end)):
        if not chosen or span.start >= chosen[-1].end:
            chosen.append(span)
    return sorted([*chosen, *(s for s in spans if not _overlapping(chosen, s.start, s.end))])


def _overlapping(spans: Sequence[Span], start: int, end: int) -> list[Span]:
    """Return those of the `spans`, which are in text order, that overlap a stretch."""
    first = bisect_left(spans, start, key=_start)
    if first and spans[first - 1].end > start:
        first -= 1
    last = first
    while last < len(spans) and spans[last].start < end:
        last += 1
    return list(spans[first:last])


def _without_degrees(text: str, spans: Sequence[Span], tables: IdentityTables) -> list[Span]:
    """Return the spans without "M.D." and "R.N." after a person's name."""
    kept: list[Span] = []
    degrees_end = -1
    for span in spans:
        if span.start < degrees_end:
            continue
        if span.type is EntityType.PER:
            if "," in text[span.start : span.end] and (
                at_end := _DEGREES_AT_END.search(text, span.start, span.end)
            ):
                span = span._replace(end=at_end.start())
            degrees_end = span.end
            while degree := _DEGREES_AFTER.match(text, degrees_end):
                is_degree = degree["degree"] in _DEGREES and degree["pause"] is not None
                if not is_degree and key_of(degree["degree"]) in tables.territories:
                    break  # "Ann Lee, U.S. envoy", "Ann Lee, D.C. mayor"
                degrees_end = degree.end("degree")
        kept.append(span)
    return kept


def _companies_with_legal_forms(text: str, spans: Sequence[Span], _tables: IdentityTables) -> Iterator[Span]:
    """Yield companies whose legal form was marked apart from the name: "Yahoo! Inc."."""
    for span in spans:
        if span.end - span.start <= 12 and text[span.start : span.end].rstrip(".").casefold() in LEGAL_FORMS:
            before = _BEFORE_LEGAL_FORM.search(text, max(0, span.start - 60), span.start)
            if before:
                name = _overlapping(spans, *before.span("name"))
                start = name[0].start if name else before.start("name")
                yield Span(start, span.end, EntityType.ORG, JOINED_SCORE)
        elif span.type is EntityType.ORG and text.startswith("! ", max(0, span.start - 2)):
            cry = _CRY_BEFORE.search(text, max(0, span.start - 30), span.start)
            if cry and text[span.start : span.end].rpartition(" ")[2].rstrip(".").casefold() in LEGAL_FORMS:
                yield Span(cry.start("name"), span.end, EntityType.ORG, JOINED_SCORE)  # "Yum! Brands Inc."


def _compounds(text: str, spans: Sequence[Span], tables: IdentityTables) -> Iterator[Span]:
    """Yield names with hyphens that were marked in pieces, or in part.

    A hyphen between two names that stand alone elsewhere is a border: "the US-China talks".
    """
    if "-" not in text and "‑" not in text:
        return
    for link in _SURE_LINK.finditer(text):
        before = _COMPOUND_BEFORE.search(text, max(0, link.start() - 40), link.start())
        after = _COMPOUND_AFTER.match(text, link.end())
        if before and after and before.group()[0].isupper():
            end = after.end() - 2 * after.group().endswith(("'s", "’s"))
            if not _overlapping(spans, before.start(), end):
                yield Span(before.start(), end, EntityType.LOC, JOINED_SCORE)
    for span in spans:
        if text[span.end : span.end + 1] in _HYPHENS or text[span.start - 1 : span.start] in _HYPHENS:
            start, end = _whole_compounds(text, spans, span)
            inside = _overlapping(spans, start, end)
            if _PLACE_LINK.search(text, start, end) and " " not in text[start:end]:
                yield Span(start, end, EntityType.LOC, JOINED_SCORE)
            elif (start, end) != span[:2] and _is_one_name(text[start:end], tables):
                are_parts = len(inside) > 1
                if not are_parts or _is_one_person(text[start:end], inside):
                    yield Span(start, end, EntityType.PER if are_parts else span.type, JOINED_SCORE)
        elif span.type is not EntityType.LOC and _PLACE_NAME.fullmatch(text, span.start, span.end):
            yield span._replace(type=EntityType.LOC, score=JOINED_SCORE)


def _whole_compounds(text: str, spans: Sequence[Span], span: Span) -> Stretch:
    """Return the stretch from `span` that cuts neither a compound nor another mention."""
    start, end = span[:2]
    while end - start < LONGEST_NAME:
        before = _COMPOUND_BEFORE.search(text, max(0, start - 60), start)
        after = _COMPOUND_AFTER.match(text, end)
        wider = (
            before.start() if before and text[start - 1] in _HYPHENS else start,
            after.end() if after and text[end] in _HYPHENS else end,
        )
        genitive = _GENITIVE.search(text, *wider)
        if genitive and genitive.end() == wider[1]:
            wider = (wider[0], genitive.start())
        inside = _overlapping(spans, *wider)
        wider = (min(wider[0], inside[0].start), max(wider[1], inside[-1].end))
        if wider == (start, end):
            return wider
        start, end = wider
    return span[:2]


def _is_one_name(surface: str, tables: IdentityTables) -> bool:
    """Return True for several capitalised words and a hyphen, none of whose sides is a place."""
    words = surface.split()
    parts = [part for word in words for part in re.split("[-‑]", word)]
    compound_parts = [part for word in words for part in re.split("[-‑]", word) if part != word]
    return (
        len(words) > 1
        and all(part[:1].isupper() for part in parts)
        and not any(_is_known_place(part, tables) for part in compound_parts)
    )


def _is_one_person(surface: str, inside: Sequence[Span]) -> bool:
    return surface.count("-") > 1 or any(span.type is EntityType.PER for span in inside)


def _is_known_place(surface: str, tables: IdentityTables) -> bool:
    """Return True for a country, a state, a people or a large city."""
    key = key_of(surface)
    is_large = any(city.population >= LARGE_CITY for city in tables.cities.get(key, ()))
    return is_large or key in tables.territories or key in tables.demonyms


def _companies_with_ampersand(text: str, spans: Sequence[Span], tables: IdentityTables) -> Iterator[Span]:
    """Yield names with "&" that were marked in pieces, or in part.

    Two places stay two, and so do two people whom the article names in full: "Harris & Walz".
    """
    if " & " not in text:
        return
    people = {
        word
        for span in spans
        if span.type is EntityType.PER and " " in text[span.start : span.end]
        for word in text[span.start : span.end].split()
    }
    for match in _AMPERSAND.finditer(text):
        start, end = match.span()
        names = [_GENITIVE.sub("", match[side]) for side in ("left", "right")]
        is_genitive = match.group().endswith(("'s", "’s"))
        end -= 2 * is_genitive
        inside = _overlapping(spans, start, end)
        if not inside or (inside[0].start <= start and inside[0].end >= end):
            continue
        surfaces = [text[span.start : span.end] for span in inside]
        are_places = (
            len(inside) == 2
            and all(
                span.type is EntityType.LOC or _is_known_place(text[span.start : span.end], tables)
                for span in inside
            )
            and surfaces[-1].rpartition(" ")[2] not in _CLUB_WORDS
        )
        are_people = set(names) <= people and not is_genitive
        are_full_names = len(inside) == 2 and all(
            " " in surface and span.type is EntityType.PER
            for surface, span in zip(surfaces, inside, strict=True)
        )
        if not (are_places or are_people or are_full_names):
            start, end = min(start, inside[0].start), max(end, inside[-1].end)
            yield Span(_longer_start(text, start, end, tables), end, EntityType.ORG, JOINED_SCORE)
        elif _is_territory(text[start:end], tables):
            yield Span(start, end, EntityType.LOC, JOINED_SCORE)


def _companies_with_genitive(text: str, spans: Sequence[Span], tables: IdentityTables) -> Iterator[Span]:
    """Yield companies whose names end as a genitive does, with that end: "McDonald's", "Trader Joe's"."""
    for span in spans:
        if span.type is EntityType.LOC or not text.startswith(("'s", "’s"), span.end):
            continue
        end = span.end + 2
        before = _WORDS_BEFORE.search(text, max(0, span.start - 40), span.start)
        if before and " " not in text[span.start : span.end]:
            start = _longer_start(text, span.start, end, tables)
            if start < span.start and not _overlapping(spans, start, span.start):
                yield Span(start, end, EntityType.ORG, JOINED_SCORE)
                continue
        if span.type is EntityType.ORG:
            key = key_of(text[span.start : end])
            if key in _GENITIVE_COMPANIES or key in tables.organizations:
                yield span._replace(end=end)


def _is_territory(surface: str, tables: IdentityTables) -> bool:
    return key_of(surface) in tables.territories


def _longer_start(text: str, start: int, end: int, tables: IdentityTables) -> int:
    """Return the start of a longer name of an organisation that ends at `end`: "Bed Bath & Beyond"."""
    words = _WORDS_BEFORE.search(text, max(0, start - 40), start)
    key = key_of(text[words.start() : end]) if words else ""
    is_longer = key in tables.organizations or f"{key} inc" in tables.organizations
    return words.start() if words and is_longer else start


def _clubs(text: str, spans: Sequence[Span], tables: IdentityTables) -> Iterator[Span]:
    """Yield clubs whose town was marked apart from the rest of the name, or that were taken for a place."""
    for span in spans:
        start, end = span[:2]
        words = text[start:end].split(" ")
        word_before = text[max(0, start - 14) : max(0, start - 1)].rpartition(" ")[2]
        if word_before in _CLUB_BEGINNINGS and text[start - 1] == " ":
            start -= len(word_before) + 1  # "Borussia", and the town
        elif (
            word_before in _CLUB_PREFIXES
            and text[start - 1] == " "
            and key_of(text[start:end]) in tables.cities
        ):
            start -= len(word_before) + 1
        elif words[0] in _CLUB_BEGINNINGS and len(words) == 1:
            end = _next_name_end(text, spans, end)
        elif span.type is EntityType.LOC and text[end : end + 1] == " ":
            end = _club_end(text, spans, span, tables)
        is_club = words[0] in _CLUB_BEGINNINGS or (
            words[-1] in _CLUB_NAMES and key_of(" ".join(words[:-1])) in tables.cities
        )
        if (start, end) != span[:2] or (is_club and len(words) > 1 and span.type is not EntityType.ORG):
            yield Span(start, end, EntityType.ORG, JOINED_SCORE)


def _next_name_end(text: str, spans: Sequence[Span], end: int) -> int:
    """Return the end of the capitalised word after `end`, which no longer mention contains, or `end`."""
    after = _CLUB_AFTER.match(text, end)
    if after is None or any(span.end > after.end() for span in _overlapping(spans, end, after.end())):
        return end
    return after.end() - 2 * after.group().endswith(("'s", "’s"))


def _club_end(text: str, spans: Sequence[Span], town: Span, tables: IdentityTables) -> int:
    """Return the end of the club's name that begins with the `town`, or the end of the town: "Luton Town"."""
    after = _CLUB_AFTER.match(text, town.end)
    if after is None or key_of(text[town.start : town.end]) not in tables.cities:
        return town.end
    is_saint = after["saint"] is not None and bool(_overlapping(spans, town.end, after.end()))
    is_club = is_saint or _GENITIVE.sub("", after["word"]) in _CLUB_WORDS
    return _next_name_end(text, spans, town.end) if is_club else town.end
