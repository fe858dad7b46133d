"""Stories are put together from the events of their articles, whatever was merged or published again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from streams.events import Fingerprint, StoryArticle
from streams.jobs.stories import Story, group_stories

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def event(article_id: str, story_id: str, minutes: int = 0, **fields: Any) -> StoryArticle:
    time = NOON + timedelta(minutes=minutes)
    values: dict[str, Any] = {
        "publisher": f"The {article_id.title()}",
        "headline": f"Headline of {article_id}",
        "published_at": time,
        "first_seen": NOON,
        "last_seen": time,
        "articles": 1,
        "publishers": 1,
        "sequence": 1,
        "watermark": time,
        "fingerprint": Fingerprint(article_id=article_id, arrived_at=time),
    }
    return StoryArticle(article_id=article_id, story_id=story_id, **{**values, **fields})


def by_id(*events: StoryArticle) -> dict[str, Story]:
    return {story.story_id: story for story in group_stories(events)}


def test_articles_of_one_story_come_together_in_their_order():
    stories = by_id(event("a", "a"), event("x", "x"), event("b", "a", 5), event("c", "a", 3))

    assert {name: [each.article_id for each in story.articles] for name, story in stories.items()} == {
        "a": ["a", "b", "c"],
        "x": ["x"],
    }
    assert stories["a"].last_seen == NOON + timedelta(minutes=5)


def test_the_last_version_of_an_article_counts():
    stories = by_id(event("a", "a"), event("b", "a"), event("a", "b", headline="New"))

    assert [each.article_id for each in stories["a"].articles] == ["b"]
    assert stories["b"].central.headline == "New"


def test_a_story_that_was_merged_is_found_under_both_names():
    stories = by_id(
        event("a", "a"),
        event("b", "b", 1),
        event("c", "c", 2),
        event("d", "c", 3, merged_into="b"),
        event("e", "b", 4, merged_into="a"),
    )

    assert list(stories) == ["a"]
    assert len(stories["a"].articles) == 5
    assert stories["a"].names == {"a", "b", "c"}


def test_stories_merged_in_a_circle_end_the_search():
    stories = by_id(event("a", "a", merged_into="b"), event("b", "b", merged_into="a"))

    assert sum(len(story.articles) for story in stories.values()) == 2


def test_reprints_stand_under_their_original_and_the_most_reprinted_article_is_central():
    (story,) = group_stories(
        [
            event("a", "a", similarity=0.0),
            event("b", "a", 1, similarity=0.9),
            event("c", "a", 2, similarity=0.95, duplicate_of="a"),
            event("d", "a", 3, similarity=0.97, duplicate_of="a"),
        ]
    )

    assert [each.article_id for each in story.originals] == ["a", "b"]
    assert [each.article_id for each in story.reprints["a"]] == ["c", "d"]
    assert story.central.article_id == "a"


def test_a_reprint_whose_original_is_gone_is_shown_as_an_article():
    (story,) = group_stories([event("c", "a", duplicate_of="a"), event("d", "a", duplicate_of="a")])

    assert [each.article_id for each in story.originals] == ["c", "d"]


def test_publishers_and_labels_of_a_story_are_those_of_its_articles():
    (story,) = group_stories(
        [
            event("a", "a", labels=["climate"]),
            event("b", "a", publisher=None, labels=["trade", "climate"]),
            event("c", "a", publisher="The A", labels=["trade", "climate"]),
        ]
    )

    assert story.publishers == ["The A"]
    assert story.labels == ["climate", "trade"]
