"""Datelines: the place before a report, and lines that say when an article was published."""

from __future__ import annotations

import re

from streams.enrich.cleanup.line_patterns import FRAGMENTS

_LONGEST_DATE = 100  # characters
_LONGEST_DATELINE = 200
_DATE = re.compile(
    rf"""(?x)
    (?:(?:first\ )?(?:published|updated|last\ updated|posted|modified|created)(?:\ (?:on|at))?\s*:?\s+)?
    (?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,?\s+)?
    (?: {FRAGMENTS["month"]}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}
      | \d{{1,2}}(?:st|nd|rd|th)?\s+{FRAGMENTS["month"]}\.?,?\s+\d{{4}}
      | \d{{4}}-\d{{2}}-\d{{2}} | \d{{1,2}}[/.]\d{{1,2}}[/.]\d{{2,4}} )
    [\s,|at-]{{0,6}}(?:\d{{1,2}}[:.]\d{{2}}(?:[:.]\d{{2}})?\s*(?:[ap]\.?m\.?)?\s*(?:\(?[a-z]{{2,5}}\)?)?)?
    """
)
_AGENCY = r"(?:Reuters|AP|AFP|UPI|CNN|Xinhua|dpa|EFE|ANSA|IPS|PTI|ANI|IANS|Bloomberg|Kyodo|TASS|Interfax)"
_CAPITALS = r"[A-Z\u00c0-\u00de][A-Z\u00c0-\u00de.'’-]"
_DATELINE = re.compile(
    rf"""(?x)
    (?P<dateline>
      (?: {_CAPITALS}+(?:\ {_CAPITALS}*){{0,3}}
          (?:,\ [A-Z][\w.]{{1,15}}(?:\ [A-Z][\w.]{{1,15}}){{0,2}})?
          (?:,\ (?:Jan|Feb|March|Mar|April|Apr|May|June|Jun|July|Jul|Aug|Sept?|Oct|Nov
              |Dec)[a-z]*\.?\ \d{{1,2}}
             (?:,\ \d{{4}})?)?
          (?:\s\([A-Z][\w\s./&-]{{1,30}}\))?
      | [A-Z][\w.'’-]{{1,20}}(?:\ [A-Z][\w.'’-]{{1,20}}){{0,3}}(?:,\ [A-Z][\w.]{{1,15}})?\s\({_AGENCY}\)
      ))
    \s*(?:--|[–—-])\s*(?=["“‘'(\d]|[^\W\d_a-z\u00df-\u00f6\u00f8-\u00ff])
    """
)
# Labels in capitals that stand before a dash as a dateline does.
_NOT_PLACES = frozenset(
    {"ANALYSIS", "BREAKING", "EXCLUSIVE", "LIVE", "OPINION", "REVIEW", "UPDATE", "VIDEO", "WATCH"}
)


def is_date_line(line: str) -> bool:
    """Return True if `line` says when the article was published, and nothing else."""
    return len(line) <= _LONGEST_DATE and _DATE.fullmatch(line.lower()) is not None


def dateline_end(paragraph: str) -> tuple[str, int] | None:
    """Return the dateline that `paragraph` begins with, and where the text after it begins, or None."""
    match = _DATELINE.match(paragraph[:_LONGEST_DATELINE])
    if match is None or match["dateline"] in _NOT_PLACES:
        return None
    dateline = match["dateline"]
    return (dateline if dateline.count(".") > 1 else dateline.rstrip(".")), match.end()
