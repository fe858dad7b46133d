"""Moments: dates and times as pages write them, in the formats of content systems and in many languages.

The stage has no clock: a date needs its year, and "yesterday" is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from streams.enrich.cleanup.months import month_number

_FIRST_PRINT, _FAR_FUTURE = 1450, 2100  # years, fixed because the stage has no clock
_SHORTEST, _LONGEST = 6, 120  # characters
_EPOCH_SECONDS = range(10**8, 10**10)  # from 1973; shorter numbers are years, days and ids
_FARTHEST_OFFSET = 14 * 60  # minutes
_BUDDHIST = 543  # years ahead of ours; Thai pages count so

# What content systems write where they have no date.
_NO_DATES = frozenset(
    {datetime(1970, 1, 1).date(), datetime(1969, 12, 31).date(), datetime(1900, 1, 1).date()}
)

_DAY_FIRST, _MONTH_FIRST, _UNKNOWN_ORDER = "day", "month", "unknown"
# English is written in both orders: only a region tells which. Other languages put the day first.
_MONTH_FIRST_REGIONS = frozenset({"us", "ph"})
_DAY_FIRST_REGIONS = frozenset({"gb", "uk", "ie", "au", "nz", "in", "za", "sg", "my", "ng", "ke", "gh", "pk"})

# Hours from UTC. Where one name stands for several zones, it is the zone that news uses most.
_HOURS = {
    "HST": -10, "AKST": -9, "AKDT PST": -8, "PDT MST": -7, "MDT CST": -6, "CDT EST": -5, "EDT AST": -4,
    "NST": -3.5, "ADT BRT ART": -3, "NDT": -2.5, "UTC GMT UT Z WET": 0, "WEST BST CET MEZ WAT": 1,
    "CEST MESZ EET OEZ CAT SAST": 2, "EEST OESZ MSK МСК EAT TRT": 3, "GST": 4, "PKT": 5, "IST": 5.5,
    "NPT": 5.75,
    "ICT WIB": 7, "HKT SGT PHT AWST WITA MYT": 8, "JST KST WIT": 9, "ACST": 9.5, "AEST": 10, "ACDT": 10.5,
    "AEDT": 11, "NZST": 12, "NZDT": 13,
}  # fmt: skip
_OFFSETS = {name: hours for names, hours in _HOURS.items() for name in names.split()}
# Names that stand for summer and winter time alike.
_REGIONS = {
    "ET": "America/New_York",
    "CT": "America/Chicago",
    "MT": "America/Denver",
    "PT": "America/Los_Angeles",
}
_ZONE_NAMES = "|".join(sorted((*_OFFSETS, *_REGIONS), key=len, reverse=True))

_AFTERNOON = frozenset("pP下後후")
_TIME = re.compile(
    rf"""(?xi)
    (?: (?P<early>[上下]午|午[前後]|오[전후]) \s? )?
    (?<![\d:.]) (?P<hour>[01]?\d|2[0-3])
    (?: \s? (?:[:.\uff1a]|h|[時时點点]|시) \s? (?P<minute>[0-5]\d) (?!\d)
        (?: [:.\uff1a]? 分? (?P<second>[0-5]\d) (?!\d) (?:[.,]\d{{1,9}})? )? [分분]?
        \s? (?P<late>[ap]\.?\s?m\b\.?)?
      | \s? (?P<full>[ap]\.?\s?m\b\.?)
      | \s? (?:h|uhr)\b | [時时點点시] )
    (?: \s? (?:uhr|hrs|hours|h|u\.) )?
    (?: \s? [(\[]? (?-i:(?P<zone>{_ZONE_NAMES})) \b (?!\s?[+-]\d) )?
    """
)
_OFFSET = re.compile(r"\s?(?:GMT|UTC)?\s?(?P<sign>[+\u2212-])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?(?!\d)")
_PLACE = re.compile(
    r"\s?[(\[]?((?:Africa|America|Asia|Atlantic|Australia|Europe|Pacific)/[A-Z][\w/+-]{2,30})"
)
_YEAR_FIRST = re.compile(
    r"(?<!\d)(?P<year>\d{4})(?:[-/.]|\s?[年년]\s?)(?P<month>\d{1,2})(?:[-/.]|\s?[月월]\s?)(?P<day>\d{1,2})(?!\d)"
)
_YEAR_LAST = re.compile(
    r"(?<![\d.])(?P<first>\d{1,2})(?:(?P<sign>[-/.])\s?(?P<second>\d{1,2})(?P=sign)\s?(?P<year>\d{4})"
    r"|\.(?P<second_2>\d{1,2})\.(?P<year_2>\d{2}))(?![\d.]\d|\d)"
)
_DIGITS_ONLY = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(Z)?")
_JSON_DATE = re.compile(r"/Date\((\d{9,13})(?:[+-]\d{4})?\)/")  # of .NET
_MONTH = r"[^\W\d_][\w.'’\u0300-\u0fff]{2,24}"
_WRITTEN = re.compile(
    rf"""(?x)
      (?<!\d) (?P<day>\d{{1,2}}) (?:\.|st|nd|rd|th|er|º|ª|-?го|-?е)? [\s-]*
        (?:(?:de|di|of|d['’]|tháng|den)\s?)? (?P<month>{_MONTH}|\d{{1,2}}(?=,?\s\d{{4}})) [\s,.-]*
        (?:(?:de|del|di)\s)? (?P<year>\d{{4}}) (?!\d)
    | (?P<month_2>{_MONTH}) [\s-]+ (?P<day_2>\d{{1,2}}) (?:st|nd|rd|th|-a|an)? ,? [\s-]+
        (?P<year_2>\d{{4}}) (?!\d)
    | (?<!\d) (?P<year_3>\d{{4}}) (?:\.|\sm\.)? (?:[\s-]+e?ko)? [\s-]+ (?P<month_3>{_MONTH}) [\s-]+
        (?P<day_3>\d{{1,2}}) (?!\d)
    | (?P<month_4>{_MONTH}) \s+ (?P<day_4>\d{{1,2}}) ,? \s+ (?=\d{{1,2}}:\d\d) .{{5,40}} \s
        (?P<year_4>\d{{4}}) $
    """
)
_MOST_WORDS = 3  # that are tried as names of months, in one text
_BESIDE = 30  # characters; so far from its date a time may be


@dataclass(frozen=True)
class Moment:
    """A date, and whether the page gave the time of day as well. It is naive if the page gave no zone."""

    when: datetime
    has_time: bool

    def has_offset(self) -> bool:
        """Return True if the zone is known."""
        return self.when.tzinfo is not None


def is_plausible(moment: datetime) -> bool:
    """Return True if an article can have been published at this moment."""
    return _FIRST_PRINT <= moment.year <= _FAR_FUTURE


def read_moment(value: Any, language: str = "") -> Moment | None:
    """Return the moment that `value` names, or None.

    `value` is text, or the seconds or milliseconds of a Unix clock. `language` is that of the page, with its
    region if that is known, such as "en-GB".
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = " ".join(str(value).split())
    if not _SHORTEST <= len(text) <= _LONGEST:
        return None
    moment = (
        _read_iso(text) or _read_digits(text) or _read_numbers(text, language) or _read_words(text, language)
    )
    if moment is None or not is_plausible(moment.when) or moment.when.date() in _NO_DATES:
        return None
    return moment


def has_date(text: str) -> bool:
    """Return True if `text` seems to have a date with its year."""
    return any(found.search(text) for found in (_YEAR_FIRST, _YEAR_LAST, _WRITTEN))


def without_dates(text: str) -> str:
    """Return `text` with a bar in the place of each date."""
    if any(map(str.isdigit, text)):
        for date in (_WRITTEN, _YEAR_FIRST, _YEAR_LAST):
            text = date.sub("|", text)
    return text


def _read_iso(text: str) -> Moment | None:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return Moment(when, has_time=":" in text or "T" in text.upper())


def _read_digits(text: str) -> Moment | None:
    if found := _DIGITS_ONLY.fullmatch(text):
        try:
            year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
            zone = UTC if found[7] else None
            return Moment(datetime(year, month, day, hour, minute, second, tzinfo=zone), has_time=True)
        except ValueError:
            return None
    wrapped = _JSON_DATE.fullmatch(text)
    number = wrapped[1] if wrapped else text.removesuffix(".0")
    if not number.isascii() or not number.isdigit() or len(number) > 13:
        return None
    seconds = int(number) // 1000 if len(number) == 13 else int(number)
    if seconds not in _EPOCH_SECONDS:
        return None
    return Moment(datetime.fromtimestamp(seconds, UTC), has_time=True)


def _read_numbers(text: str, language: str) -> Moment | None:
    if found := _YEAR_FIRST.search(text):
        year, month, day = int(found["year"]), int(found["month"]), int(found["day"])
    elif found := _YEAR_LAST.search(text):
        order = _order(language) if found["sign"] in {"-", "/"} else _DAY_FIRST
        first, second = int(found["first"]), int(found["second"] or found["second_2"])
        year = int(found["year"]) if found["year"] else 2000 + int(found["year_2"])
        if first == second or first > 12 or (order == _DAY_FIRST and second <= 12):
            day, month = first, second
        elif second > 12 or order == _MONTH_FIRST:
            month, day = first, second
        else:  # 4/5/2026 is April in Ohio and May in Kent
            return None
    else:
        return None
    return _moment_at(year, month, day, text, found.span())


def _order(language: str) -> str:
    """Return which of day and month stands first where both are numbers."""
    code, _, rest = language.lower().replace("_", "-").partition("-")
    region = rest.rpartition("-")[2]
    if region in _MONTH_FIRST_REGIONS:
        return _MONTH_FIRST
    if region in _DAY_FIRST_REGIONS or (code and code != "en"):
        return _DAY_FIRST
    return _UNKNOWN_ORDER


def _read_words(text: str, language: str) -> Moment | None:
    for found in islice(_matches(text), _MOST_WORDS):
        groups = {name.partition("_")[0]: part for name, part in found.groupdict().items() if part}
        day, name, year = int(groups["day"]), groups["month"], int(groups["year"])
        if month := int(name) if name.isdigit() else month_number(name, language):
            end = found.end() if not found["month_4"] else found.end("day_4")
            return _moment_at(year, month, day, text, (found.start(), end))
    return None


def _matches(text: str) -> Iterator[re.Match[str]]:
    """Yield what may be written dates; a word before the right one may be taken for the month."""
    position = 0
    while found := _WRITTEN.search(text, position):
        yield found
        position = found.start() + 1


def _moment_at(year: int, month: int, day: int, text: str, span: tuple[int, int]) -> Moment | None:
    """Return the moment on this day at the time that stands beside the date, which `span` gives in `text`."""
    if year > _FAR_FUTURE + _BUDDHIST // 2:
        year -= _BUDDHIST
    try:
        date = datetime(year, month, day)
    except ValueError:
        return None
    for rest in (text[span[1] :].lstrip("Tt ,"), text[: span[0]][-_BESIDE:]):
        if (found := _TIME.search(rest)) and found.start() <= _BESIDE:
            return _at_time(date, found, rest)
    return Moment(date, has_time=False)


def _at_time(date: datetime, found: re.Match[str], rest: str) -> Moment:
    hour = int(found["hour"])
    half = found["early"] or found["late"] or found["full"]
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (0 if _AFTERNOON.isdisjoint(half) else 12)
    when = datetime.combine(date, time(hour, int(found["minute"] or 0), int(found["second"] or 0)))
    return Moment(when.replace(tzinfo=_zone(found["zone"], rest, found.end())), has_time=True)


def _zone(name: str | None, rest: str, end: int) -> tzinfo | None:
    """Return the zone of a time that ends at `end` of `rest`: that of its name, or of the offset after it."""
    if name in _OFFSETS:
        return timezone(timedelta(hours=_OFFSETS[name]))
    if name in _REGIONS:
        return _zone_of(_REGIONS[name])
    if place := _PLACE.match(rest, end):
        return _zone_of(place[1])
    if offset := _OFFSET.match(rest, end):
        minutes = int(offset["hours"]) * 60 + int(offset["minutes"] or 0)
        if minutes <= _FARTHEST_OFFSET:
            return timezone(timedelta(minutes=minutes if offset["sign"] == "+" else -minutes))
    return None


def _zone_of(place: str) -> tzinfo | None:
    try:
        return ZoneInfo(place)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # no such place, or the system has no table of zones
        return None
