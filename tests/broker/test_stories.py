"""Stories on a real broker: each article gets one, whichever worker has the index."""

from __future__ import annotations

from collections.abc import Callable

from kafka import KafkaProducer

from producers import publish
from streams.dead import EXCEPTION, STAGE
from streams.events import Fingerprint, RawArticle, StoryArticle
from streams.headers import text_of
from streams.stories import StoryIndex
from tests.broker.wire import Wire, Worker

FERRY = (
    "The ferry between Harwick and Sund will sail again on Monday, the harbour office said on Friday. "
    "A storm had torn a ramp from the quay in Sund two weeks ago. Divers found the ramp on the ground of the "
    "harbour, and a crane from Bergholm lifted it on Thursday night. Some nine hundred people take the ferry "
    "to work each day; since the storm they went by bus over the bridge at Ostrand, which takes an hour more."
)
LIBRARY = (
    "Readers in Velden may borrow a telescope from the city library as if it were a book. The library bought "
    "twelve of them after an evening in its garden had drawn four hundred children. A telescope can be kept "
    "for three weeks, its director said, and the waiting list is already as long as the winter."
)


def articles(first: int, count: int) -> list[RawArticle]:
    """Return `count` articles, of which some are reprints and some are about another event."""
    return [
        RawArticle(
            article_id=f"a{n}",
            publisher=f"Paper {n % 3}",
            headline=("Ferry sails again" if n % 2 else "Stars to borrow") + f", part {n}",
            body=f"{FERRY if n % 2 else LIBRARY} {'Our reporter was there. ' * (n % 4)}",
        )
        for n in range(first, first + count)
    ]


def grouped(wire: Wire) -> list[bytes]:
    """Return what the index makes of the fingerprints, as they lie on their topic."""
    index = StoryIndex()
    fingerprints = wire.read_all(wire.topics.fingerprints)
    return [index.add(Fingerprint.model_validate_json(each.value)).to_bytes() for each in fingerprints]


def test_an_article_comes_out_with_its_story_and_so_does_its_reprint(
    wire: Wire, worker: Callable[..., Worker]
):
    worker()
    original = RawArticle(article_id="ours", publisher="The Quay", headline="Ferry sails", body=FERRY)
    reprint = RawArticle(article_id="theirs", publisher="Sund Post", headline="Ramp is back", body=FERRY)
    publish([original], settings=wire.settings)
    wire.read_until(wire.topics.stories, original.key)
    publish([reprint], settings=wire.settings)

    found = wire.read_until(wire.topics.stories, reprint.key)

    story = StoryArticle.model_validate_json(found.value)
    assert (story.duplicate_of, story.articles, story.publishers) == ("ours", 2, 2)
    fingerprint = wire.read_until(wire.topics.fingerprints, reprint.key)
    raw = wire.read_until(wire.topics.raw, reprint.key)
    assert Fingerprint.model_validate_json(fingerprint.value) == story.fingerprint
    assert found.partition == fingerprint.partition
    assert text_of(found.headers, "ce_type") == "news.article.story.v1"
    assert len({text_of(record.headers, "ce_id") for record in (raw, fingerprint, found)}) == 1
    assert story.fingerprint.arrived_at.isoformat(timespec="milliseconds").replace("+00:00", "Z") == text_of(
        raw.headers, "ce_time"
    )


def test_a_worker_that_takes_over_continues_with_the_same_stories(wire: Wire, worker: Callable[..., Worker]):
    first = worker()
    publish(articles(0, 30), settings=wire.settings)
    wire.read_count(wire.topics.stories, 30)
    assert first.stop() == 0

    worker("cleanup", "entities", "labels")
    publish(articles(30, 30), settings=wire.settings)
    wire.read_count(wire.topics.fingerprints, 60)
    second = worker("stories")
    stories = wire.read_count(wire.topics.stories, 60)

    assert [record.value for record in stories] == grouped(wire)
    assert "state restored" in second.tail()


def test_a_fingerprint_that_cannot_be_read_is_buried_and_the_next_one_gets_its_story(
    wire: Wire, worker: Callable[..., Worker]
):
    good = Fingerprint(article_id="good", arrived_at="2026-03-01T12:00:00Z")
    unknown = good.model_copy(update={"article_id": "later", "version": 99})
    producer = KafkaProducer(bootstrap_servers=wire.bootstrap)
    for key, value in [
        (b"gone", None),
        (b"torn", b"{"),
        (b"bare", b'{"article_id": "bare"}'),
        (b"later", unknown.to_bytes()),
        (b"good", good.to_bytes()),
    ]:
        producer.send(wire.topics.fingerprints, value, key=key).get(timeout=30)
    producer.close()
    worker("stories")

    wire.read_until(wire.topics.stories, b"good")

    letters = {letter.key: letter for letter in wire.read_all(wire.topics.dead)}
    reasons = {key: text_of(letter.headers, EXCEPTION) for key, letter in letters.items()}
    assert reasons == {
        b"gone": "Tombstone",
        b"torn": "InvalidJson",
        b"bare": "InvalidEvent",
        b"later": "UnknownFingerprint",
    }
    assert {text_of(letter.headers, STAGE) for letter in letters.values()} == {"stories"}
