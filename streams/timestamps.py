"""Times as mail, feeds, Unix and people write them, with the names of zones. RFC 3339 is left to pydantic."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_HOURS = {  # from UTC; of a name that stands for several zones, the one that news uses most
    -10: "HST", -9: "AKST", -8: "PST", -7: "MST PDT", -6: "CST MDT", -5: "EST CDT", -4: "AST EDT",
    -3: "ART BRT", 0: "GMT UT UTC WET Z", 1: "BST CET WAT WEST", 2: "CAT CEST EET SAST", 3: "EAT EEST MSK",
    5: "PKT", 5.5: "IST", 7: "ICT WIB", 8: "HKT SGT", 9: "JST KST", 10: "AEST", 11: "AEDT",
    12: "NZST", 13: "NZDT",
}  # fmt: skip
_ZONES = {name: timezone(timedelta(hours=hours)) for hours, names in _HOURS.items() for name in names.split()}
_ZONE = r"\s*(?P<zone>[+-]\d\d:?\d\d|[A-Za-z]{1,4})?(?:\s[A-Za-z]{3,4}|\s*\([^()]{1,40}\))?"
_TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?"
_DAY_OF_WEEK = r"(?:[A-Za-z]{3,9}\.?,?\s+)?"
# Sun, 12 Apr 2026 18:05:00 +0200, as in mail and RSS; the time may be missing
_MAIL = re.compile(
    rf"{_DAY_OF_WEEK}(?P<day>\d{{1,2}})[\s-]+(?P<month>[A-Za-z]{{3,9}})\.?[\s-]+(?P<year>\d{{4}}|\d\d)"
    rf"(?:,?\s+{_TIME}{_ZONE})?"
)
# 2026-04-12 18:05:00 CEST: RFC 3339 but for its zone
_NAMED_ZONE = re.compile(
    rf"(?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d)[T\s]{_TIME}\s(?=[A-Za-z+-]){_ZONE}"
)
# April 12, 2026, 18:05, and 2026/04/12 18:05
_WRITTEN = re.compile(
    rf"{_DAY_OF_WEEK}(?P<month>[A-Za-z]{{3,9}})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})"
    rf"(?:,?\s+(?:at\s+)?{_TIME}{_ZONE})?"
)
_SLASHES = re.compile(rf"(?P<year>\d{{4}})/(?P<month>\d\d?)/(?P<day>\d\d?)(?:\s{_TIME}{_ZONE})?")
# Sun Apr 12 18:05:00 CEST 2026
_UNIX = re.compile(
    rf"[A-Za-z]{{3,9}}\s+(?P<month>[A-Za-z]{{3,9}})\s+(?P<day>\d{{1,2}})\s+{_TIME}{_ZONE}\s+(?P<year>\d{{4}})"
)
_FORMS = (_MAIL, _NAMED_ZONE, _UNIX, _WRITTEN, _SLASHES)
_CENTURY_TURNS = 50  # RFC 2822: 49 is 2049, 50 is 1950


def read_timestamp(text: str) -> datetime | None:
    """Return the time that `text` names, or None if it is not text of these forms, or is RFC 3339.

    The time is naive where no zone is given, or one that is not known.
    """
    text = " ".join(text.split())
    found = next((match for form in _FORMS if (match := form.fullmatch(text))), None)
    if found is None:
        return None
    year = int(found["year"])
    if len(found["year"]) == 2:
        year += 2000 if year < _CENTURY_TURNS else 1900
    month = found["month"]
    if not month.isdigit() and month[:3].lower() not in _MONTHS:
        return None
    number = int(month) if month.isdigit() else _MONTHS.index(month[:3].lower()) + 1
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    try:
        return datetime(year, number, int(found["day"]), hour, minute, second, tzinfo=_zone(found["zone"]))
    except ValueError:
        return None


def _zone(written: str | None) -> tzinfo | None:
    if not written or written == "-0000":  # RFC 2822: of no zone
        return None
    if written[0] not in "+-":
        return _ZONES.get(written.upper())
    minutes = int(written[1:3]) * 60 + int(written[-2:])
    return timezone(timedelta(minutes=minutes if written[0] == "+" else -minutes))
