"""Which articles are one story, which are reprints, and which are neither."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from streams.errors import UnknownFingerprint
from streams.events import EnrichedArticle, StoryArticle
from streams.stories import StoryIndex, fingerprint_of
from streams.stories.fingerprint import NEWEST_VERSION
from tests.stories.articles import START, about, article, text_about, words

WIRE = " ".join(words("wire", 150))
FOOTER = " ".join(words("footer", 60))


def add_all(index: StoryIndex, articles: list[EnrichedArticle]) -> list[StoryArticle]:
    return [index.add(made, made.published_at) for made in articles]


def converging() -> list[EnrichedArticle]:
    """Return articles about two events that turn out to be one: each has more of the words of the other."""
    made = []
    for number in range(16):
        mine, theirs = ("river", "bridge") if number % 2 else ("bridge", "river")
        share = min(number / 10, 0.5)
        subject = [*words(mine, 8)[: 8 - round(8 * share)], *words(theirs, 8)[: round(8 * share)]]
        headline = " ".join(subject).capitalize()
        half = (
            text_about(mine, number, round(120 * (1 - share))),
            text_about(theirs, number, round(120 * share)),
        )
        names = tuple(word.capitalize() for word in subject[-3:])
        text = f"{headline}\n\n{' '.join(half)}"
        made.append(article(f"{number}", text, hours=number / 4, headline=headline, names=names))
    return made


def test_articles_about_one_event_are_one_story():
    first, second, other = add_all(
        StoryIndex(), [about("flood", 1), about("flood", 2, publisher="Herald"), about("vote", 3)]
    )

    assert first.story_id == second.story_id == "flood/1"
    assert (second.articles, second.publishers, second.duplicate_of) == (2, 2, None)
    assert other.story_id == "vote/3"


def test_a_reprint_names_its_original():
    index = StoryIndex()
    texts = [WIRE, f"Our own head. {WIRE[: len(WIRE) // 2]}", f"By wire services {WIRE} All rights reserved"]

    first, second, third = add_all(
        index, [article(f"{n}", text, publisher=f"Paper {n}") for n, text in enumerate(texts)]
    )

    assert (first.duplicate_of, first.similarity) == (None, 0)
    assert (second.duplicate_of, third.duplicate_of) == ("0", "0")
    assert second.similarity >= 0.8
    assert (third.story_id, third.articles, third.is_update) == ("0", 3, False)


@pytest.mark.parametrize(
    ("publisher", "url"), [("Gazette", None), (None, "https://example.org/1")], ids=["publisher", "url"]
)
def test_a_correction_by_the_same_publisher_is_an_update(publisher, url):
    _, corrected = add_all(
        StoryIndex(),
        [article(f"{n}", f"{WIRE} Version {n}.", publisher=publisher, url=url) for n in range(2)],
    )

    assert (corrected.duplicate_of, corrected.is_update) == ("0", True)


def test_a_new_version_of_an_article_replaces_it_in_its_story():
    index = StoryIndex()

    first, second, again = add_all(index, [about("flood", 1), about("flood", 2), about("flood", 1)])

    assert (again.story_id, again.is_update, again.duplicate_of) == (first.story_id, True, None)
    assert (second.articles, again.articles, len(index)) == (2, 2, 2)


def test_stories_that_grow_together_are_merged_and_the_event_says_so():
    index = StoryIndex()
    events = add_all(index, converging())

    merges = [event for event in events if event.merged_into]

    assert index.counts["merged"] == len(merges) == 1
    assert (merges[0].story_id, merges[0].merged_into) == ("1", "0")
    assert events[-1].story_id == "0"
    assert events[-1].articles == len(events)


def test_a_new_version_of_the_article_that_announced_a_merge_announces_it_again():
    index = StoryIndex()
    made = converging()
    announced = next(place for place, event in enumerate(add_all(index, made)) if event.merged_into)

    again = index.add(made[announced], made[-1].published_at)
    restored = StoryIndex()
    restored.restore(again)

    assert (again.story_id, again.merged_into) == ("1", "0")
    assert restored.add(made[-1], made[-1].published_at).story_id == "0"


def test_a_merge_is_restored():
    made = converging()
    index, restored = StoryIndex(), StoryIndex()
    for made_article in made[:-1]:
        restored.restore_json(index.add(made_article, made_article.published_at).to_bytes())

    assert restored.add(made[-1], START + timedelta(days=1)) == index.add(made[-1], START + timedelta(days=1))


@pytest.mark.parametrize("text", [" ", "…", "word", "word " * 5_000, "x" * 50_000, "好" * 3_000])
def test_any_text_gets_an_event(text):
    index = StoryIndex()

    events = add_all(index, [article("a", text), article("b", text), about("flood", 1)])

    assert [event.article_id for event in events] == ["a", "b", "flood/1"]
    assert events[2].story_id == "flood/1"


def test_articles_without_a_word_are_no_duplicates():
    first, second = add_all(StoryIndex(), [article("a", "…"), article("b", "!?")])

    assert (first.story_id, second.story_id, second.duplicate_of) == ("a", "b", None)


@pytest.mark.slow
def test_ten_thousand_copies_are_one_story():
    index = StoryIndex()
    copy = fingerprint_of(article("0", WIRE), START)
    for number in range(10_000):
        event = index.add(copy.model_copy(update={"article_id": f"{number}"}))

    assert (event.articles, event.duplicate_of, event.story_id) == (10_000, "0", "0")


@pytest.mark.slow
def test_articles_that_share_only_boilerplate_are_no_story():
    index = StoryIndex()
    stories = [
        index.add(article(f"{n}", " ".join([*words(n, 90), FOOTER])), START).story_id for n in range(2_000)
    ]

    assert len(set(stories)) > 1_950


def test_a_date_in_the_future_counts_as_the_arrival():
    index = StoryIndex()
    wrong = article("a", WIRE, published_at=START.replace(year=2203))

    event = index.add(wrong, START)

    assert (event.first_seen, event.watermark, index.counts["clamped"]) == (START, START, 1)


def test_an_article_without_a_date_appeared_when_it_arrived():
    index = StoryIndex()
    undated = article("a", WIRE).model_copy(update={"published_at": None})

    assert index.add(undated, START).first_seen == START
    assert index.counts["clamped"] == 1


def test_a_late_article_is_a_story_of_its_own_and_leaves_the_index_as_it_was():
    index = StoryIndex(days=3)
    add_all(index, [about("flood", 1, hours=100)])

    late = index.add(about("flood", 2, hours=1), START + timedelta(hours=101))
    after = index.add(about("flood", 3, hours=101), START + timedelta(hours=101))

    assert (late.story_id, late.articles, index.counts["late"]) == ("flood/2", 1, 1)
    assert (after.story_id, after.articles) == ("flood/1", 2)


def test_a_story_ends_with_the_days_after_its_first_article():
    index = StoryIndex(days=3)

    events = add_all(index, [about("flood", n, hours=30 * n) for n in range(5)])

    assert [event.story_id for event in events] == ["flood/0"] * 3 + ["flood/3"] * 2
    assert index.counts["expired"] == 3
    assert len(index) == 2


def test_a_clock_that_was_wrong_holds_up_the_index_for_three_articles():
    index = StoryIndex(days=3)
    index.add(about("flood", 0), START.replace(year=2203))
    far = about("vote", 0).model_copy(update={"published_at": START.replace(year=2203)})
    index.add(far, START.replace(year=2203))

    events = [index.add(about("flood", n, hours=n), START + timedelta(hours=n)) for n in range(1, 8)]

    assert [event.story_id for event in events[2:]] == ["flood/3"] * 5


def test_the_oldest_articles_leave_at_the_bound():
    index = StoryIndex(max_articles=3)

    add_all(index, [about(f"event {n}", n) for n in range(5)])

    assert (len(index), index.counts["evicted"]) == (3, 2)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 0},
        {"version": NEWEST_VERSION + 1},
        {"sketch": "!"},
        {"terms": "AAAA"},
        {"sketch": "AAAA" * 99},
        {"vector": "AAAA"},
        {"words": "AAAA"},
    ],
)
def test_a_fingerprint_of_another_form_is_refused_by_name_and_changes_nothing(change):
    index = StoryIndex()
    fingerprint = fingerprint_of(about("flood", 1), START).model_copy(update=change)

    with pytest.raises(UnknownFingerprint, match="flood/1"):
        index.add(fingerprint)

    assert (len(index), index.counts["refused"]) == (0, 1)
    assert index.add(about("flood", 1), START).sequence == 1


def test_the_same_articles_in_the_same_order_give_the_same_bytes():
    chance = random.Random(5)
    made = [about(chance.randrange(9), n, hours=n / 10) for n in range(60)]

    first, second = ([event.to_bytes() for event in add_all(StoryIndex(), made)] for _ in range(2))

    assert first == second


@pytest.mark.parametrize(("days", "bound"), [(0, 10), (-1, 10), (3, 0)])
def test_an_index_without_room_is_refused(days, bound):
    with pytest.raises(ValueError, match="must be positive"):
        StoryIndex(days=days, max_articles=bound)
