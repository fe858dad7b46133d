"""From the phrases in a text to a label's raw score and its probability.

A phrase adds its weight to the score. The weight falls with each repetition, because different phrases say
more than one that is repeated. It is higher in the headline and the lead, and lower in long texts, which
mention many things in passing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from streams.enrich.folding import fold_characters
from streams.enrich.labels.label_file import Calibration, EntityRule, LabelFile
from streams.enrich.labels.phrases import Found
from streams.events import Entity

SHORT_WORDS = 120  # a text with fewer words repeats little, and has a calibration of its own
MAX_REPEATS = 4
REPEATED = 0.6  # share of the weight that each repetition of a phrase has of the one before
HEADLINE, LEAD = 2.0, 1.5  # news says first what it is about
LEAD_CHARACTERS = 600
FULL_WEIGHT_WORDS = 150  # up to this length a phrase has its full weight
LEAST_WEIGHT_WORDS = 3000  # from this length on it falls no further
LENGTH_DAMPING = 0.55  # how fast it falls in between: about with the root of the length
UNSUPPORTED = 0.2  # share of a similarity that counts without the support of a phrase
DIGITS = 4


@dataclass(frozen=True, slots=True)
class Share:
    """What one phrase adds to a label's raw score, and its place."""

    start: int
    end: int
    weight: float


class RawScore(Protocol):
    """A score before calibration, which is the sum of all shares and parts."""

    @property
    def raw(self) -> float:
        """Return the sum."""

    @property
    def shares(self) -> list[Share]:
        """Return the shares of the text, in its order."""

    @property
    def parts(self) -> dict[str, float]:
        """Return what has no place in the text, by name."""


class FileScore(NamedTuple):
    """What a label file says of an article."""

    raw: float
    shares: list[Share]
    parts: dict[str, float]


def length_damping(words: int) -> float:
    """Return the share of a weight that is left in a text of this many words."""
    counted = min(max(words, FULL_WEIGHT_WORDS), LEAST_WEIGHT_WORDS)
    return float((FULL_WEIGHT_WORDS / counted) ** LENGTH_DAMPING)


def file_score(
    definition: LabelFile,
    found: Sequence[Found],
    similarity: float,
    entities: Sequence[Entity],
    *,
    headline_end: int,
    words: int,
) -> FileScore:
    """Return the score of an article by a label file: phrases, similarity and the rule on entities."""
    by_phrase = shares(found, headline_end=headline_end, words=words)
    phrase_weight = sum(share.weight for share in by_phrase)
    parts = {"similarity": supported(similarity, phrase_weight)}
    if by_entities := entity_weight(definition.entities, entities, words=words):
        parts["entities"] = by_entities
    return FileScore(round(phrase_weight + sum(parts.values()), DIGITS), by_phrase, parts)


def shares(found: Sequence[Found], *, headline_end: int, words: int) -> list[Share]:
    """Return the shares of the phrases, in text order, rounded; after four of a kind they add nothing."""
    if not found:
        return []
    damping = length_damping(words)
    seen: Counter[int] = Counter()
    parts: list[Share] = []
    for match in found:
        repeats = seen[id(match.phrase)]
        if repeats >= MAX_REPEATS:
            continue
        seen[id(match.phrase)] += 1
        place = HEADLINE if match.start < headline_end else LEAD if match.start < LEAD_CHARACTERS else 1.0
        weight = round(match.phrase.weight * place * damping * REPEATED**repeats, DIGITS)
        parts.append(Share(match.start, match.end, weight))
    return parts


def supported(similarity: float, phrases: float) -> float:
    """Return the similarity as far as `phrases`, the sum of their shares, supports it.

    Similarity alone never gives a label. If it speaks against the label, it needs no support. If it speaks
    for the label, a fifth of it counts in any case, so that texts without a phrase keep their order.
    """
    return round(min(similarity, max(phrases, 0.0) + UNSUPPORTED * max(similarity, 0.0)), DIGITS)


def entity_weight(rule: EntityRule | None, entities: Sequence[Entity], *, words: int) -> float:
    """Return the weight of the rule if the entities that the lead names meet it, else 0."""
    if rule is None:
        return 0.0
    lead = [entity for entity in entities if entity.mentions and entity.mentions[0].start < LEAD_CHARACTERS]
    countries = {entity.ids["iso3166"] for entity in lead if "iso3166" in entity.ids}
    named = " | ".join(fold_characters(entity.role) for entity in lead if entity.role)
    met = len(countries) >= rule.countries and (not rule.roles or any(role in named for role in rule.roles))
    return round(rule.weight * length_damping(words), DIGITS) if met else 0.0


def spread(raw: float) -> float:
    """Return the raw score on a scale on which each phrase counts less than the one before."""
    return math.copysign(math.log1p(abs(raw)), raw)


def probability(raw: float, calibration: Calibration) -> float:
    """Return the calibrated probability of a raw score, rounded."""
    logit = calibration.slope * spread(raw) + calibration.intercept
    return round(1 / (1 + math.exp(-logit)), DIGITS)
