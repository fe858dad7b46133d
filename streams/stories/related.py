"""The stories that an article may belong to: those of articles that share its most telling terms."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from streams.stories.fingerprint import Features
from streams.stories.groups import Groups
from streams.stories.likeness import probabilities, query, stream_rarities
from streams.stories.memory import TERM_KEYS, Memory

JOINS = 0.26
"""The similarity to a story from which on an article joins it."""

_CANDIDATES = 48  # articles
_STORIES = 6
_MEMBERS = 12  # of a story, the latest


class Related(NamedTuple):
    """A story and its similarity to an article: the mean probability over its latest articles."""

    story: int
    similarity: float


def closest_stories(features: Features, labels: int, memory: Memory, groups: Groups) -> list[Related]:
    """Return the stories that the article of `features` may join, the most similar first."""
    slots, indexes = memory.with_terms(features)
    if not len(slots):
        return []
    rarities = stream_rarities(features, memory.articles_with(features.terms), len(memory))
    found, places = np.unique(slots, return_inverse=True)
    hits = np.bincount(places, weights=rarities[:TERM_KEYS][indexes])
    best = np.lexsort((-memory.sequences[found], -hits))[:_CANDIDATES]
    stories = list(dict.fromkeys(groups.of_slot[found[best]].tolist()))[:_STORIES]
    members = [groups.members(story, _MEMBERS) for story in stories]
    rows = np.array([slot for slots in members for slot in slots])
    chances = probabilities(
        query(features, rarities, labels),
        memory.terms[rows],
        memory.rarities[rows],
        memory.kinds[rows],
        memory.lengths[rows],
        memory.labels[rows],
    )
    sizes = [len(slots) for slots in members]
    starts = np.cumsum([0, *sizes[:-1]])
    means = (np.add.reduceat(chances, starts) / sizes).tolist()
    related = [Related(story, mean) for story, mean in zip(stories, means, strict=True) if mean >= JOINS]
    return sorted(related, key=lambda one: (-one.similarity, *groups.age(one.story)))
