"""Notices to the reader: requests for consent to cookies, and offers of a subscription to read on.

The patterns are in places.toml. Stories are about cookies and subscriptions as well; a notice speaks of "we",
"our partners", "this article" and what the reader must do.
"""

from __future__ import annotations

import re
from typing import Any

from streams.enrich.cleanup.places import TABLES

_LONGEST, _LONGEST_OFFER = 700, 350  # characters
_REPORTS = re.compile(r"\b(?:said|says|told|asked|wrote)\b")  # what somebody said is part of the story


class _Wording:
    """The patterns of one table, behind the words that a line must have before they are tried."""

    def __init__(self, table: dict[str, Any]) -> None:
        self._words = tuple(table["words"])
        self._patterns = re.compile("|".join(table["patterns"].values()))

    def matches(self, text: str) -> bool:
        lower = text[:_LONGEST].lower()
        return any(map(lower.__contains__, self._words)) and self._patterns.search(lower) is not None


_CONSENT, _OFFERS, _TERMS = (_Wording(TABLES[name]) for name in ("consent", "offers", "terms"))


def asks_for_consent(text: str) -> bool:
    """Return True if `text` asks the reader to accept cookies and the like."""
    return _CONSENT.matches(text)


def offers_subscription(text: str) -> bool:
    """Return True if `text` says that only subscribers can read on."""
    return len(text) <= _LONGEST_OFFER and not _REPORTS.search(text) and _OFFERS.matches(text)


def tells_terms(text: str) -> bool:
    """Return True if `text` says what a subscription costs, how it ends, or where subscribers log in."""
    return _TERMS.matches(text)
