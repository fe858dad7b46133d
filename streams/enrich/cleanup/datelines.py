"""Datelines: the places and the agency before a report, and lines that say when an article was published."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from importlib.resources import files
from typing import NamedTuple

from streams.enrich.cleanup.line_patterns import FRAGMENTS

_WORDS: dict[str, str] = tomllib.loads(
    files("streams.enrich.cleanup").joinpath("datelines.toml").read_text(encoding="utf-8")
)
_CITIES, _LABELS, _AGENCIES = (
    frozenset(name.replace("_", " ").replace(".", "") for name in _WORDS[table].split())
    for table in ("cities", "labels", "agencies")
)

_LONGEST_DATE = 120  # characters
_LONGEST_DATELINE = 200
_LONGEST_ACRONYM = 5  # letters; longer capitals are a place, though perhaps an unknown one
_FEWEST_WORDS = 8  # after a colon; fewer may be a line of a table
_MOST_PLACES = 4
_DIGIT = re.compile(r"\d")

_MONTH = (
    rf"(?:{FRAGMENTS['month']}"
    r"|janvier|f[ée]vrier|mars|avril|mai|juin|juillet|ao[uû]t|septembre|octobre|novembre|d[ée]cembre"
    r"|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"
    r"|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre"
    r"|janeiro|fevereiro|mar[çc]o|maio|junho|julho|setembro|outubro|novembro|dezembro"
    r"|januar[iy]?|februar[iy]?|m[äa]rz|maart|mei|juni|juli|augustus|oktober|dezember|desember)\b\.?"
)
_WEEKDAY = (
    r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?"
    r"|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag"
    r"|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
    r"|lunes|martes|mi[ée]rcoles|jueves|viernes|s[áa]bado|domingo)\b\.?"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th|er|º|\.)?"
_FULL_DATE = (
    rf"(?:{_MONTH}\s+{_DAY},?\s+\d{{4}}|{_DAY}[\s-]+(?:(?:de|of)\s+)?{_MONTH},?[\s-]+(?:del?\s+)?\d{{4}}"
    r"|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2})|\d{4}年\s?\d{1,2}月\s?\d{1,2}日)(?!\d)"
)
_CLOCK = (
    r"(?:\d{1,2}[:.h]\d{2}(?:[:.]\d{2}(?:\.\d{3})?)?(?!\d)(?:\s?[ap]\.?\s?m\b\.?)?"
    r"|\d{1,2}\s?[ap]\.?\s?m\b\.?|(?:noon|midnight)\b)"
)
_ZONE = (
    r"(?:(?:[ecmp][sd]?|ae[sd]|ac[sd]|nz[sd]|h?k|wes|ces|ees|me|e|b[sd]|i[sd]|[jk]s|mes?)t|gmt|utc|z|cet|eet|msk|pkt|sgt"
    r"|wib|uhr|hrs|hours|h|(?:local|eastern|central|pacific)(?:\s(?:standard|daylight))?(?:\stime)?)\b"
    r"|(?:utc|gmt)?[+\u2212-]\d{1,2}(?::?\d{2})?(?!\d)"
)
_LABEL = (
    r"(?:(?:first|last|originally)\s+)?(?:publish(?:ed)?|updated?|posted|modified|created|edited|issued|released|filed"
    r"|uploaded|date|time|publi[ée]e?|mis\s+[àa]\s+jour|veröffentlicht|aktualisiert|stand|publicado|actualizado"
    r"|pubblicato|aggiornato|atualizado)\b"
)
_JOINT = r"(?:at|on|le|el|il|am|um|à|a\s+las|alle|ore|às|and|uk)\b|(?<=\d)t(?=\d)|[\s,;:|•·–—()/-]+"
# Without groups: in Python 3.11 a possessive repetition gets the spans of groups wrong.
_DATE_LINE = re.compile(
    rf"(?:{_FULL_DATE}|{_CLOCK}|{_MONTH}\s+{_DAY}|{_DAY}\s+{_MONTH}|{_LABEL}|{_WEEKDAY}|{_ZONE}|{_JOINT})++"
)
_DATE = re.compile(_FULL_DATE)
_LABELLED = re.compile(rf"{_LABEL}.*(?:{_CLOCK}|{_MONTH}\s+{_DAY}|{_DAY}\s+{_MONTH})")
_CAPITALS = r"[A-Z\u00c0-\u00de](?:[A-Z\u00c0-\u00de.'’]|-(?=[A-Z\u00c0-\u00de]))"
_WORD = r"[A-Z\u00c0-\u00de](?:[\w.'’]|-(?=\w)){1,20}"
_NO_DAY = (
    r"(?!(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?\ \d)"
    r"(?!(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b)"
)
_PLACE = re.compile(
    rf"{_NO_DAY}(?:{_CAPITALS}+(?:\ {_CAPITALS}*){{0,3}}(?![a-z])"
    rf"|{_WORD}(?:\ (?:(?:de|da|do|la|el|al)\ )?{_WORD}){{0,3}})"
)
_REGION = re.compile(rf",\ (?:the\ )?{_NO_DAY}[A-Z][\w.]{{1,15}}(?:\ [A-Z][\w.]{{1,15}}){{0,2}}")
_NEXT_PLACE = re.compile(r"(?:\s?/\s?|,?\ (?:and|&)\ |,\ )(?=[A-Z\u00c0-\u00de])" + _NO_DAY)
_WHEN = re.compile(
    r"(?:^|,?\ )(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,?\ )?"
    r"(?:(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?\ \d{1,2}(?!\d)"
    r"|\d{1,2}\.?\ (?:de\ )?[A-Za-zéûäç]{3,10}\b\.?)(?P<year>,?\ (?:de\ )?\d{4})?"
)
_AGENCY = re.compile(
    r"(?:\s?(?:--|[–—-]))?\s?\((?P<brackets>[A-Za-z][\w\s./&!-]{1,30})\)|\s?\[(?P<square>[A-Z][\w\s./&-]{1,30})\]"
    r"|\.?\s/(?P<slashes>[A-Z][\w\s-]{1,25})/|,\ (?P<comma>[A-Z][A-Za-z]{2,15})(?=\s*[–—-])"
)
_MARK = re.compile(r"[–—:(\[/-]")  # a dateline has one of these
_NEXT = r"(?=[\"“‘'«„(\[\d]|[^\W\d_a-z\u00df-\u00f6\u00f8-\u00ff])"
_DASH = re.compile(rf"(?:\s*(?:--|[–—])\s*|\s+-\s*|-\s+|(?<=[)\]])-){_NEXT}")
_COLON = re.compile(rf"\s?:\s+{_NEXT}")
_FULL_STOP = re.compile(rf"\.\s+{_NEXT}")  # after "/TASS/"
_END = re.compile(r"\s*(?:--|[–—:-])?\s*$")


class _Opening(NamedTuple):
    """What a paragraph begins with, if it is a dateline: `end` is where its mark, a dash or colon, begins."""

    places: list[str]
    regions: int  # places that the name of a region or country follows
    date: re.Match[str] | None
    agency: str | None
    end: int

    def is_known(self) -> bool:
        """Return True if all places are cities from which reports are dated."""
        return bool(self.places) and all(_plain(place) in _CITIES for place in self.places)

    def is_label(self) -> bool:
        """Return True if a place is not one, but a label such as LIVE UPDATES."""
        return any(
            _plain(place) not in _CITIES and not _LABELS.isdisjoint(_plain(place).split())
            for place in self.places
        )

    def by_agency(self) -> bool:
        """Return True if an agency is named that sends reports, and nobody beside it."""
        return self.agency is not None and all(
            part.strip().lower() in _AGENCIES for part in self.agency.split("/")
        )


def is_date_line(line: str) -> bool:
    """Return True if `line` says when the article was published, and nothing else."""
    if len(line) > _LONGEST_DATE or not _DIGIT.search(line):
        return False
    line = line.lower()
    return _DATE_LINE.fullmatch(line) is not None and bool(_DATE.search(line) or _LABELLED.search(line))


def dateline_end(paragraph: str) -> tuple[str, int] | None:
    """Return the dateline that `paragraph` begins with, and where the text after it begins, or None."""
    head = paragraph[:_LONGEST_DATELINE]
    opening = _read_opening(head) if _MARK.search(head) else None
    if opening is None or opening.is_label():
        return None
    if mark := _DASH.match(head, opening.end):
        is_dateline = _stands_before_dash(opening)
    elif mark := _COLON.match(head, opening.end):
        is_dateline = _stands_before_colon(opening) and len(paragraph[mark.end() :].split()) >= _FEWEST_WORDS
    elif head[opening.end - 1] == "/" and (mark := _FULL_STOP.match(head, opening.end)):
        is_dateline = opening.by_agency()
    else:
        mark = _END.match(head, opening.end) if len(head) == len(paragraph) else None
        is_dateline = bool(opening.places) and (opening.by_agency() or _is_dated_capital(opening))
    if mark is None or not is_dateline:
        return None
    dateline = head[: opening.end]
    return (dateline if dateline.count(".") > 1 else dateline.rstrip(".")), mark.end()


def _read_opening(head: str) -> _Opening | None:
    places: list[str] = []
    regions = 0
    position = 0
    while (place := _PLACE.match(head, position)) and len(places) < _MOST_PLACES:
        places.append(place[0])
        position = place.end()
        if region := _REGION.match(head, position):
            regions, position = regions + 1, region.end()
        following = _NEXT_PLACE.match(head, position)
        if following is None:
            break
        position = following.end()
    date = _WHEN.match(head, position)
    position = date.end() if date else position
    agency = _AGENCY.match(head, position)
    position = agency.end() if agency else position
    name = next(filter(None, agency.groups()), None) if agency else None
    return _Opening(places, regions, date, name, position) if places or name else None


def _stands_before_dash(opening: _Opening) -> bool:
    if not opening.places or not _are_capitals(opening.places):
        is_dated = opening.date is not None and opening.date["year"] is not None
        return opening.by_agency() or (is_dated and opening.is_known())
    if opening.date or opening.agency or opening.is_known():
        return True
    # "NATO - The" is not dated from anywhere; "ALTOONA - The" is, and "ACME/BOLT - The" is not.
    return opening.regions == len(opening.places) or (
        len(opening.places) == 1 and len(opening.places[0]) > _LONGEST_ACRONYM
    )


def _stands_before_colon(opening: _Opening) -> bool:
    if opening.by_agency():
        return True
    # Capitals and a colon, or "New Delhi:". A single word may be the name of somebody who speaks.
    is_place = _are_capitals(opening.places) or all(" " in place for place in opening.places)
    return opening.is_known() and is_place and opening.agency is None


def _is_dated_capital(opening: _Opening) -> bool:
    is_placed = opening.regions > 0 or opening.date is not None
    return is_placed and _are_capitals(opening.places) and opening.is_known()


def _are_capitals(places: list[str]) -> bool:
    return all(place.isupper() for place in places)


def _plain(place: str) -> str:
    """Return the name as the list of cities has it: in lower case, without accents and full stops."""
    decomposed = unicodedata.normalize("NFKD", place.lower().replace("’", "'").replace(".", ""))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).strip()
