"""The stories that an article may belong to: those of articles that share its most telling terms."""

from __future__ import annotations

from itertools import islice
from statistics import median
from typing import NamedTuple

import numpy as np

from streams.stories.fingerprint import Features
from streams.stories.groups import Groups
from streams.stories.likeness import Query, probabilities, query, stream_rarities
from streams.stories.memory import Memory
from streams.stories.runs import begins_run

JOINS = 0.48
"""The similarity to a story from which on an article joins it, or another story becomes one with it."""

_RELATED = 0.3  # the similarity to a story from which on it may become one with that of the article
_ASKED = 5  # articles of a story that are compared with another story, beside the article
_CANDIDATES = 32  # articles
_STORIES = 5
_MEMBERS = 12  # of a story, the latest


class Related(NamedTuple):
    """A story and its similarity to an article: the median probability over its latest articles."""

    story: int
    similarity: float


def closest_stories(features: Features, memory: Memory, groups: Groups) -> list[Related]:
    """Return the stories that the article of `features` is related to, the most similar first."""
    slots, indexes = memory.with_terms(features)
    if not len(slots):
        return []
    rarities = stream_rarities(features, memory.articles_with(features.terms), len(memory))
    order = np.argsort(slots, kind="stable")
    ordered = slots[order]
    (starts,) = begins_run(ordered).nonzero()
    found = ordered[starts]
    hits = np.add.reduceat(rarities[indexes[order]], starts)
    best = np.lexsort((-memory.sequences[found], -hits))[:_CANDIDATES]
    stories = list(dict.fromkeys(groups.of_slot[found[best]].tolist()))[:_STORIES]
    similarities = _similarities(query(features, rarities), stories, memory, groups)
    related = [one for one in map(Related, stories, similarities) if one.similarity >= _RELATED]
    return sorted(related, key=lambda one: (-one.similarity, *groups.age(one.story)))


def are_one(story: int, other: Related, memory: Memory, groups: Groups) -> bool:
    """Return True if `story` and the `other` one are as similar as articles of one story are.

    An article joins `story`, and counts in it: `other` has the similarity to this article.
    """
    similarities = [other.similarity]
    for slot in groups.members(story, _ASKED):
        features = memory.features(slot)
        rarities = stream_rarities(features, memory.articles_with(features.terms), len(memory))
        similarities += _similarities(query(features, rarities), [other.story], memory, groups)
    return median(similarities) >= JOINS


def _similarities(asked: Query, stories: list[int], memory: Memory, groups: Groups) -> list[float]:
    """Return the median probability over the latest articles of each of `stories`."""
    members = [groups.members(story, _MEMBERS) for story in stories]
    rows = np.array([slot for slots in members for slot in slots])
    chances = iter(probabilities(asked, memory.rows(rows)).tolist())
    return [median(islice(chances, len(slots))) for slots in members]
