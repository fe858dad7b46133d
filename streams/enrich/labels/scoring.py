"""From the phrases in a text to a label's raw score and its probability.

A phrase's part in the score is its weight, less with each repetition (diversity counts more than
insistence), raised where it stands in the headline or the lead, and lowered in long texts, which pick up
phrases in passing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from streams.enrich.folding import fold_characters
from streams.enrich.labels.label_file import Calibration, EntityRule
from streams.enrich.labels.phrases import Found
from streams.events import Entity

SHORT_WORDS = 120  # below it a text is too short to repeat itself: calibrated apart
MOST_REPEATS = 4
REPEATED = 0.6  # each repetition of a phrase has so much of the weight of the one before it
HEADLINE, LEAD = 2.0, 1.5  # news says first what it is about
LEAD_CHARACTERS = 600
FULL_WEIGHT_WORDS = 150  # up to this length a phrase has its full weight
LEAST_WEIGHT_WORDS = 3000  # from this length on it has no less
LENGTH_DAMPING = 0.55  # how fast it falls between: about the root of the length
UNSUPPORTED = 0.2  # what counts of a similarity that no phrase supports
DIGITS = 4


@dataclass(frozen=True, slots=True)
class Share:
    """What one phrase, where it stands, adds to a label's raw score."""

    start: int
    end: int
    weight: float


def length_damping(words: int) -> float:
    """What is left of a weight in a text of so many WORDS."""
    counted = min(max(words, FULL_WEIGHT_WORDS), LEAST_WEIGHT_WORDS)
    return float((FULL_WEIGHT_WORDS / counted) ** LENGTH_DAMPING)


def shares(found: Sequence[Found], *, headline_end: int, words: int) -> list[Share]:
    """The parts of the phrases FOUND, in text order, rounded; beyond four of a kind they add nothing."""
    damping = length_damping(words)
    seen: Counter[int] = Counter()
    parts: list[Share] = []
    for one in found:
        repeats = seen[id(one.phrase)]
        if repeats >= MOST_REPEATS:
            continue
        seen[id(one.phrase)] += 1
        place = HEADLINE if one.start < headline_end else LEAD if one.start < LEAD_CHARACTERS else 1.0
        weight = round(one.phrase.weight * place * damping * REPEATED**repeats, DIGITS)
        parts.append(Share(one.start, one.end, weight))
    return parts


def supported(similarity: float, phrases: float) -> float:
    """SIMILARITY as far as PHRASES, the sum of their shares, support it: alone it never makes a label.

    What speaks against a label needs no support, and a fifth of what speaks for it counts in any case: texts
    without a phrase keep their order.
    """
    return round(min(similarity, max(phrases, 0.0) + UNSUPPORTED * max(similarity, 0.0)), DIGITS)


def entity_weight(rule: EntityRule | None, entities: Sequence[Entity], *, words: int) -> float:
    """What the entities add by RULE: its weight when those named in the lead meet it, else 0."""
    if rule is None:
        return 0.0
    lead = [entity for entity in entities if entity.mentions and entity.mentions[0].start < LEAD_CHARACTERS]
    countries = {entity.ids["iso3166"] for entity in lead if "iso3166" in entity.ids}
    named = " | ".join(fold_characters(entity.role) for entity in lead if entity.role)
    met = len(countries) >= rule.countries and (not rule.roles or any(role in named for role in rule.roles))
    return round(rule.weight * length_damping(words), DIGITS) if met else 0.0


def spread(raw: float) -> float:
    """Raw scores on a scale on which each phrase counts for less than the one before it."""
    return math.copysign(math.log1p(abs(raw)), raw)


def probability(raw: float, calibration: Calibration) -> float:
    """The calibrated probability of a raw score, rounded."""
    logit = calibration.slope * spread(raw) + calibration.intercept
    return round(1 / (1 + math.exp(-logit)), DIGITS)
