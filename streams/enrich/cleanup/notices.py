"""Notices to the reader: requests for consent to cookies, and offers of a subscription to read on.

The patterns are in places.toml. Stories are about cookies and subscriptions as well; a notice speaks of "we",
"our partners", "this article" and what the reader must do.
"""

from __future__ import annotations

import re
from typing import Any

from ahocorasick_rs import AhoCorasick, Implementation

from streams.enrich.cleanup.places import TABLES

_LONGEST, _LONGEST_OFFER = 700, 350  # characters
_REPORTS = re.compile(r"\b(?:said|says|told|asked|wrote)\b")  # what somebody said is part of the story


class _Wording:
    """The patterns of one table, behind the words that a line must have before they are tried."""

    def __init__(self, table: dict[str, Any]) -> None:
        self._words = AhoCorasick(table["words"], implementation=Implementation.DFA)
        patterns = list(table["patterns"].values())
        joined = "|".join(pattern for pattern in patterns if "^" not in pattern)
        # A pattern that may match at the start makes an alternation take eight times as long.
        self._patterns = [re.compile(pattern) for pattern in (joined, *(p for p in patterns if "^" in p))]

    def matches(self, text: str) -> bool:
        lower = text[:_LONGEST].lower()
        return bool(self._words.find_matches_as_indexes(lower)) and any(
            pattern.search(lower) for pattern in self._patterns
        )


_CONSENT, _OFFERS, _TERMS = (_Wording(TABLES[name]) for name in ("consent", "offers", "terms"))


def asks_for_consent(text: str) -> bool:
    """Return True if `text` asks the reader to accept cookies and the like."""
    return _CONSENT.matches(text)


def offers_subscription(text: str) -> bool:
    """Return True if `text` says that only subscribers can read on."""
    return len(text) <= _LONGEST_OFFER and _OFFERS.matches(text) and not _REPORTS.search(text)


def tells_terms(text: str) -> bool:
    """Return True if `text` says what a subscription costs, how it ends, or where subscribers log in."""
    return _TERMS.matches(text)
