"""What a phrase adds depends on its place, on the length of the text and on how often it was said before."""

from __future__ import annotations

import pytest

from streams.enrich.labels.label_file import Calibration, EntityRule
from streams.enrich.labels.phrases import Found, Phrase, Role
from streams.enrich.labels.scoring import (
    LEAD_CHARACTERS,
    MAX_REPEATS,
    entity_weight,
    length_damping,
    probability,
    shares,
    supported,
)
from streams.events import Entity, EntityType, Mention

TREATY = Phrase(0, Role.FOR, "treaty", 2.0)


def weights(*starts: int, headline_end: int = 0, words: int = 100) -> list[float]:
    """Return the weights of the word treaty at these places of a text."""
    found = [Found(start, start + 6, TREATY) for start in starts]
    return [share.weight for share in shares(found, headline_end=headline_end, words=words)]


def test_a_phrase_counts_most_in_the_headline_then_in_the_lead_then_below():
    headline, *_ = weights(0, headline_end=10)
    lead, *_ = weights(20, headline_end=10)
    body, *_ = weights(LEAD_CHARACTERS)

    assert (headline, lead, body) == (4.0, 3.0, 2.0)


def test_each_repetition_counts_less_and_the_fifth_nothing():
    repeated = weights(*range(1_000, 1_060, 10))

    assert len(repeated) == MAX_REPEATS
    assert repeated == sorted(set(repeated), reverse=True)


def test_a_phrase_counts_less_in_a_long_text_down_to_a_limit():
    assert length_damping(10) == length_damping(150) == 1
    assert length_damping(150) > length_damping(600) > length_damping(3_000) == length_damping(30_000) > 0


@pytest.mark.parametrize(
    ("similarity", "phrases", "counts"),
    [
        (1.0, 0.0, 0.2),
        (1.0, 0.5, 0.7),
        (1.0, 3.0, 1.0),
        (-1.0, 3.0, -1.0),
        (-1.0, 0.0, -1.0),
        (1.0, -2.0, 0.2),
    ],
)
def test_similarity_for_a_label_needs_the_support_of_a_phrase_and_against_it_needs_none(
    similarity, phrases, counts
):
    assert supported(similarity, phrases) == pytest.approx(counts)


def entity(start: int, role: str | None = None, **ids: str) -> Entity:
    mention = Mention(start=start, end=start + 4, text="Peru")
    return Entity(
        id=f"{start}",
        type=EntityType.LOC,
        name="Peru",
        role=role,
        ids=ids,
        salience=0.5,
        count=1,
        mentions=[mention],
    )


@pytest.mark.parametrize(
    ("entities", "weight"),
    [
        ([entity(0, iso3166="PE"), entity(9, iso3166="CL"), entity(20, "Peruvian foreign minister")], 1.5),
        ([entity(0, iso3166="PE"), entity(9, iso3166="PE"), entity(20, "foreign minister")], 0),
        ([entity(0, iso3166="PE"), entity(9, iso3166="CL"), entity(20, "goalkeeper")], 0),
        ([entity(0, iso3166="PE"), entity(700, iso3166="CL"), entity(20, "foreign minister")], 0),
        ([], 0),
    ],
    ids=["both", "one country", "another role", "below the lead", "none"],
)
def test_countries_and_roles_count_together_and_only_in_the_lead(entities, weight):
    rule = EntityRule(weight=1.5, countries=2, roles=("foreign minister",))

    assert entity_weight(rule, entities, words=100) == weight
    assert entity_weight(None, entities, words=100) == 0


def test_a_higher_score_is_a_higher_probability_between_0_and_1():
    calibration = Calibration(slope=4.0, intercept=-5.5)

    probabilities = [probability(raw, calibration) for raw in (-9.0, 0.0, 2.0, 9.0)]

    assert probabilities == sorted(set(probabilities))
    assert all(0 <= each <= 1 for each in probabilities)
