"""Where an article goes: into the story of its original, into a similar story, or into one of its own."""

from __future__ import annotations

from typing import NamedTuple

from streams.events import Fingerprint
from streams.stories.fingerprint import Features
from streams.stories.groups import Groups
from streams.stories.memory import Memory, hash_of
from streams.stories.near import nearest
from streams.stories.related import JOINS, Related, are_one, closest_stories


class Decision(NamedTuple):
    """Where an article goes: into `story`, or into a story of its own."""

    story: int = 0
    similarity: float = 0.0
    original: str | None = None
    is_update: bool = False
    joined: int = 0  # a younger story, which becomes a part of `story`


def decide(
    article: Fingerprint, features: Features, memory: Memory, groups: Groups, *, may_merge: bool
) -> Decision:
    """Return where an article goes that the index does not have."""
    own = groups.named(article.article_id)  # its story lives, though it was evicted itself
    near = nearest(features, memory)
    if near:
        is_update = bool(
            (article.publisher and hash_of(article.publisher) == memory.publishers[near.slot])
            or (article.url and hash_of(article.url) == memory.urls[near.slot])
        )
        story = own or int(groups.of_slot[near.slot])
        return Decision(story, near.contained, memory.ids[near.slot], is_update)
    related = closest_stories(features, memory, groups)
    if own:
        return Decision(own, next((one.similarity for one in related if one.story == own), 0.0))
    return _join(related, memory, groups, may_merge=may_merge)


def decide_version(features: Features, story: int, memory: Memory, groups: Groups) -> Decision:
    """Return where a new version of an article of `story` goes: into the same story."""
    near = nearest(features, memory)
    if near and groups.of_slot[near.slot] == story:
        return Decision(story, near.contained, memory.ids[near.slot], is_update=True)
    return Decision(story, 1.0, is_update=True)


def _join(related: list[Related], memory: Memory, groups: Groups, *, may_merge: bool) -> Decision:
    if not related or related[0].similarity < JOINS:
        return Decision()
    best, *others = related
    if may_merge and others and are_one(best.story, others[0], memory, groups):
        older, younger = sorted((best.story, others[0].story), key=groups.age)
        return Decision(older, best.similarity, joined=younger)
    return Decision(best.story, best.similarity)
