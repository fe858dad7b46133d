"""One pass through several stages sends what the stages send one by one, or leaves it to them. No broker."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from producers.sources import ArticleReader, find_sources
from streams import one_pass
from streams.cli.commands.demo import seeds
from streams.enrich import load_enricher
from streams.events import CleanArticle, RawArticle, TaggedArticle
from streams.headers import PASSED, text_of
from streams.one_pass import Pass, Route, is_passed
from streams.records import Outgoing
from streams.stage import Stage
from streams.topics import Topics
from streams.topology import stages
from tests.fakes.records import Copied

GROUP = b"wireroom"


def clean(articles: Sequence[RawArticle]) -> list[CleanArticle]:
    """Refuse articles that say so, and keep the others as they are."""
    if any("unclean" in article.body for article in articles):
        raise ValueError("unclean")
    return [CleanArticle(article_id=article.article_id, text=article.body) for article in articles]


def tag(articles: Sequence[CleanArticle]) -> list[TaggedArticle]:
    """Find no entities, and refuse articles that say so."""
    if any("nameless" in article.text for article in articles):
        raise ValueError("nameless")
    return [TaggedArticle(**article.model_dump(), entities=[]) for article in articles]


def fingerprint(article: CleanArticle, arrived: int) -> tuple[str, CleanArticle]:
    """Return a small event beside a tagged one, with the time when the article arrived."""
    return "news.fingerprints", CleanArticle(article_id=article.article_id, text=str(arrived))


STAGES = [
    Stage("cleanup", RawArticle, clean, lambda _: ["news.clean"], "news.dead", 10_000),
    Stage(
        "entities",
        CleanArticle,
        tag,
        lambda _: ["news.tagged", "news.copy"],
        "news.dead",
        5_000,
        fingerprint,
    ),
]


@pytest.fixture(scope="module")
def shipped_stages() -> list[Stage]:
    return list(stages(load_enricher(), Topics("news"), 1_000_000)[:3])


def raw(offset: int, body: str, key: bytes | None = None) -> Copied:
    article_id = f"a{offset}"
    value = json.dumps({"article_id": article_id, "body": body}).encode()
    headers = (("ce_id", b"id%d" % offset), ("ce_time", b"2026-03-01T12:00:00Z"), ("desk", b"foreign"))
    return Copied("news.raw", 0, offset, 1_800_000_000_000, key or article_id.encode(), value, headers)


def carried(*records: Copied, stays: Sequence[bytes] = (b"a0", b"a1", b"a2", b"a3")) -> Pass:
    """Return what one pass makes of `records`; keys outside `stays` go to other partitions."""
    outcomes, seconds = one_pass.process(STAGES, one_pass.payloads(STAGES, records))
    assert len(seconds) == len(STAGES)
    return one_pass.forward(Route(STAGES, GROUP, lambda key: key in stays), records, outcomes)


def staged(*records: Copied) -> list[Outgoing]:
    """Return what the stages send for `records`, one by one, over the topics between them."""
    sent = STAGES[0].work(records)
    between = [
        Copied(out.topic, 0, place, 1_800_000_000_500, out.key, out.value, tuple(out.headers))
        for place, out in enumerate(sent)
        if out.topic == "news.clean"
    ]
    return sent + STAGES[1].work(between)


def contents(outgoing: Sequence[Outgoing]) -> list[tuple[object, ...]]:
    """Return what a consumer sees of `outgoing`, but for the mark of records that were carried on."""
    return sorted(
        (out.topic, out.key or b"", out.value or b"", [h for h in out.headers if h[0] != PASSED])
        for out in outgoing
    )


def test_articles_that_are_carried_give_the_same_records_as_stage_after_stage():
    records = [raw(0, "Talks went on."), raw(1, "A storm \u2013 and \U0001f327."), raw(2, "Third.")]

    passed = carried(*records)

    assert contents(passed.outgoing) == contents(staged(*records))
    assert (passed.carried, passed.is_whole, passed.strays) == ([0, 1, 2], True, False)


def test_only_what_the_next_stage_has_done_is_marked():
    passed = carried(raw(0, "Talks went on."))

    marked = {out.topic for out in passed.outgoing if is_passed(out.headers, GROUP)}

    assert marked == {"news.clean"}
    assert {out.topic for out in passed.outgoing} == {
        "news.clean",
        "news.tagged",
        "news.copy",
        "news.fingerprints",
    }


def test_another_group_does_not_take_the_mark_for_its_own():
    clean = carried(raw(0, "Talks went on.")).outgoing[0]

    assert not is_passed(clean.headers, b"another")
    assert not is_passed((), GROUP)


def test_a_mark_is_not_passed_on():
    marked = raw(0, "Talks went on.")._replace(headers=((PASSED, GROUP),))

    assert all(text_of(out.headers, PASSED) is None for out in STAGES[0].work([marked]))


def test_an_article_that_a_later_stage_refuses_is_left_to_that_stage_with_all_that_come_after_it():
    passed = carried(raw(0, "First."), raw(1, "A nameless one."), raw(2, "Third."))

    assert [
        (out.topic, out.key) for out in passed.outgoing if out.topic in {"news.clean", "news.tagged"}
    ] == [
        ("news.clean", b"a0"),
        ("news.tagged", b"a0"),
        ("news.clean", b"a1"),
        ("news.clean", b"a2"),
    ]
    assert [out.key for out in passed.outgoing if is_passed(out.headers, GROUP)] == [b"a0"]
    assert (passed.carried, passed.is_whole) == ([0], False)


def test_an_article_that_the_first_stage_refuses_is_buried_and_holds_up_no_other():
    passed = carried(raw(0, "An unclean one."), raw(1, "Second."))

    letter = passed.outgoing[0]
    assert (letter.topic, letter.key, text_of(letter.headers, "__streams.errors.offset")) == (
        "news.dead",
        b"a0",
        "0",
    )
    assert (passed.carried, passed.is_whole) == ([1], True)


def test_an_article_that_grows_too_large_in_a_later_stage_is_left_to_that_stage():
    small, large = raw(0, "First."), raw(1, "x" * 5_000)

    passed = carried(small, large)

    assert [out.key for out in passed.outgoing if out.topic == "news.tagged"] == [b"a0"]
    assert not passed.is_whole


def test_an_article_that_goes_to_another_partition_is_not_carried_and_does_not_stop_the_others():
    passed = carried(raw(0, "First."), raw(1, "Second."), stays=[b"a1"])

    assert (passed.carried, passed.is_whole, passed.strays) == ([1], True, True)
    assert [out.topic for out in passed.outgoing if out.key == b"a0"] == ["news.clean"]


def test_a_key_that_is_not_the_articles_warns_once_as_without_one_pass():
    passed = carried(raw(0, "First.", key=b"other"))

    tagged = next(out for out in passed.outgoing if out.topic == "news.tagged")
    assert tagged.value is not None
    assert TaggedArticle.model_validate_json(tagged.value).warnings == ["key_mismatch"]
    assert contents(passed.outgoing) == contents(staged(raw(0, "First.", key=b"other")))


@pytest.mark.parametrize("timestamp", [10**17, -1])
def test_a_record_whose_time_no_calendar_has_is_buried_or_sent_as_by_its_stage(timestamp):
    record = raw(0, "First.")._replace(timestamp=timestamp, headers=())

    topics = [out.topic for out in carried(record).outgoing]

    assert topics[0] == STAGES[0].work([record])[0].topic


def test_one_pass_of_the_real_stages_gives_the_same_bytes_as_stage_after_stage(shipped_stages):
    reader = ArticleReader(print, print, 8_000_000)
    texts = [sourced.article.body for sourced in reader.read(find_sources([seeds()], print, print))]
    records = [raw(place, text) for place, text in enumerate([*texts, "<p>Kyiv \u2013 1,5 \u00b0C.</p>"])]

    outcomes, _ = one_pass.process(shipped_stages, one_pass.payloads(shipped_stages, records))
    passed = one_pass.forward(Route(shipped_stages, GROUP, lambda _key: True), records, outcomes)

    sent: list[Outgoing] = []
    for stage in shipped_stages:
        made = stage.work(records)
        sent += made
        following = [out for out in made if out.topic in {"news.clean", "news.tagged"}]
        records = [
            Copied(out.topic, 0, place, 1_800_000_000_500, out.key, out.value, tuple(out.headers))
            for place, out in enumerate(following)
        ]
    assert contents(passed.outgoing) == contents(sent)
