"""kill -9 while articles pass: every article comes out once, as a result or as a dead letter."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable

import pytest
from kafka import KafkaProducer

from streams.events import EnrichedArticle, RawArticle
from tests.broker.wire import Wire, Worker, wait_until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(400)]

ARTICLES = 3_000
KILLS = 6
POISON_EVERY = 50
BODIES = (
    "The foreign ministers of Norway and Chile opened talks in Santiago, diplomats said.",
    "Global warming will raise the sea by half a metre, climate scientists said in Geneva.",
    "The city library stays open at night this winter, and the readers have come.",
)


def publish_mixed(wire: Wire, seed: int) -> tuple[Counter[bytes], Counter[bytes]]:
    """Publish good articles and poison in a drawn order; returns the keys of both."""
    drawn = random.Random(seed)
    producer = KafkaProducer(bootstrap_servers=wire.bootstrap, linger_ms=5)
    good: Counter[bytes] = Counter()
    poison: Counter[bytes] = Counter()
    for number in range(ARTICLES):
        key = f"a{number}".encode()
        if drawn.randrange(POISON_EVERY) == 0:
            producer.send(wire.topics.raw, b"\xff poison %d" % number, key=key)
            poison[key] += 1
        else:
            article = RawArticle(article_id=key.decode(), body=f"{number}. {drawn.choice(BODIES)}")
            producer.send(wire.topics.raw, article.to_bytes(), key=key)
            good[key] += 1
    producer.flush()
    producer.close()
    return good, poison


def committed(wire: Wire, topic: str) -> int:
    """How many records a read_committed reader sees now."""
    return len(wire.read_all(topic))


def test_six_kills_of_one_of_two_workers_lose_nothing_and_repeat_nothing(
    wire: Wire, worker: Callable[..., Worker]
) -> None:
    seed = int(os.environ.get("WIREROOM_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
    print(f"seed {seed}: WIREROOM_TEST_SEED={seed} replays the draw")
    drawn = random.Random(seed)
    good, poison = publish_mixed(wire, seed)
    small = {"WIREROOM_BATCH_SIZE": "20"}
    workers = [worker(instance=f"{wire.group}-{n}", **small) for n in range(2)]

    for kill in range(1, KILLS + 1):
        # Each kill waits for progress, so that all six fall into the work and none after its end.
        goal = len(good) * kill // (KILLS + 2)
        wait_until(
            lambda goal=goal: committed(wire, wire.topics.enriched) >= goal, f"{goal} came out", timeout=90
        )
        victim = drawn.randrange(2)
        workers[victim].kill()
        workers[victim] = worker(instance=f"{wire.group}-{victim}", **small)

    wire.read_count(wire.topics.enriched, len(good), timeout=120)
    wire.read_count(wire.topics.dead, len(poison), timeout=60)
    for topic in (wire.topics.clean, wire.topics.tagged, wire.topics.enriched):
        assert Counter(record.key for record in wire.read_all(topic)) == good, topic
    assert Counter(record.key for record in wire.read_all(wire.topics.dead)) == poison
    labelled: dict[str, Counter[bytes]] = {}
    for record in wire.read_all(wire.topics.enriched):
        for label in EnrichedArticle.model_validate_json(record.value).labels:
            labelled.setdefault(label.label, Counter())[record.key] += 1
    assert labelled
    for label, keys in labelled.items():
        assert Counter(record.key for record in wire.read_all(wire.topics.label(label))) == keys, label
