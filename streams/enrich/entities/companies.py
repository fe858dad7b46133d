"""Companies: a surname alone is a company's name where the article treats it as one.

"Merck said that its vaccine had failed. Shares of the drugmaker fell." Nobody in the article is called Merck,
and what stands beside the name has shares, or is "it" and not "he" or "she".
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from streams.enrich.entities.lexicon import any_of, word_list
from streams.enrich.entities.taggers.base import Span
from streams.events import EntityType

REACH = 300
"""Characters after a mention in which a pronoun, or "the drugmaker", may stand for it."""

MENTIONS = 8
"""Mentions of a name that are read. By then the article has said what it is."""


Stretch = tuple[int, int, int]
"""Start and end of a mention, and where the stretch ends that may be about it."""


_HAS_AFTER = re.compile(rf"(?:['’]s?)?\s+(?:[a-z]+\s+)?{any_of('company_assets')}\b")
_OF_BEFORE = re.compile(
    rf"\b{any_of('company_assets')}\s+(?:of|in|at)\s+$|\b{any_of('company_kinds')}\s+$"
    r"|\b(?:owned|made|acquired) by\s+$",
    re.IGNORECASE,
)
IS_AFTER = re.compile(
    r",\s+(?:a|an|the|which (?:makes|sells|owns|runs|operates))\s+(?:[\w'’-]+\s+){0,4}"
    rf"{any_of('company_kinds')}\b"
)
ACTS_AFTER = re.compile(
    r"\s+(?:(?:has|had|will|would|also)\s+)*(?:raised?|cut|lowered?|reported?|posted?|doubled?|issued?|launched?|recalled?)"
    r"\s+(?:its\b|(?:an?\s+)?(?:[a-z-]+\s+){0,2}(?:profits?|loss(?:es)?|earnings|sales|revenues?|dividends?|guidance|forecasts?|bonds?)\b)"
)
BUILDS_AFTER = re.compile(
    r"\s+(?:(?:has|had|is|was|will|would|also|plans?|planned|to)\s+)*(?:open|clos|build|buy|bought|sell|sold|shut)\w*\s+"
    rf"(?:[\w,-]+\s+){{1,3}}{any_of('company_assets')}\b"
)
MAKES_AFTER = re.compile(
    r"\s+(?:(?:has|had|will|also)\s+)*(?:makes?|made|produces?d?|sells?"
    r"|(?:recall|hire|fire|employ|lay|laid|ship)\w*\s+(?:off\s+)?(?:(?:about|nearly|some|over)\s+)?\d)"
)
_IT = re.compile(r"\b[Ii]ts\b|[.!?]\s+It\s+(?!(?:is|was|will be)\b)|\b(?:where|that|said) it\b")
KIND = re.compile(rf"\b[Tt]he\s+(?:[\w-]+\s+)?{any_of('company_kinds')}\b")
_BUSINESS = re.compile(rf"\b(?:{any_of('company_assets')}|{any_of('business_words')})\b")
_PERSON = re.compile(r"\b(?:he|she|his|her|him|hers|who|Mr|Mrs|Ms|Dr)\b", re.IGNORECASE)
_TITLE_BEFORE = re.compile(
    rf"\b(?:{'|'.join(sorted(word_list('titles') | word_list('role_nouns')))})\.?\s+$", re.IGNORECASE
)


def find_companies(text: str, spans: Sequence[Span]) -> set[str]:
    """Return the single words that `spans` have as people and that the text treats as companies."""
    mentions: dict[str, list[Stretch]] = defaultdict(list)
    parts_of_names: set[str] = set()
    following, next_name = len(text), ""  # the next person or organisation after a mention
    for span in reversed(spans):
        surface = text[span.start : span.end]
        if span.type is EntityType.PER:
            words = surface.split()
            if len(words) == 1:
                mentions[words[0]].append((span.start, span.end, min(following, span.end + REACH)))
            else:
                parts_of_names.update(words)
        if span.type in (EntityType.PER, EntityType.ORG) and surface != next_name:
            following, next_name = span.start, surface
    return {
        name
        for name, found in mentions.items()
        if name not in parts_of_names and not name.islower() and _is_company(text, found[-MENTIONS:])
    }


def _is_company(text: str, mentions: Sequence[Stretch]) -> bool:
    signs, is_business = 0, False
    for start, end, reach in mentions:
        before = text[max(0, start - 40) : start]
        if _TITLE_BEFORE.search(before) or _PERSON.search(text, end, end + REACH):
            return False
        after = text[end:reach]
        makes = MAKES_AFTER.match(after)
        is_plain = (
            _HAS_AFTER.match(after)
            or _OF_BEFORE.search(before)
            or IS_AFTER.match(after)
            or ACTS_AFTER.match(after)
        )
        signs += 2 * bool(is_plain) + sum(
            bool(sign)
            for sign in (
                BUILDS_AFTER.match(after) or makes,
                KIND.search(after),
                _IT.search(after),
            )
        )
        is_business = (
            is_business or bool(is_plain or makes) or _BUSINESS.search(text, end, end + REACH) is not None
        )
    return signs >= 2 and is_business
