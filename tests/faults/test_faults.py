"""Whatever happens to the workers, each article comes out once; otherwise the checker names the violation."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections import Counter

import psutil
import pytest

from streams.dead import EXCEPTION
from streams.headers import text_of
from streams.jobs.replay import replay
from streams.kafka.admin import administer, create_topics
from streams.provisioning import wire_topics
from streams.settings import Settings
from tests.broker.wire import wait_until
from tests.faults.checker import Evidence
from tests.faults.flow import LABELS, draw_articles
from tests.faults.observer import Run, await_ready, intrude
from tests.faults.worker import POINTS

pytestmark = [pytest.mark.fault, pytest.mark.timeout(600)]


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_killed_at_any_point_loses_nothing_and_repeats_nothing(
    run: Run, drawn: random.Random, point: str
):
    articles = draw_articles(drawn, 500)
    for part in (articles[:250], articles[250:]):
        run.publish(part, poison=10)
        visit = 1 if point in {"assigned", "polled", "stopping"} else drawn.randrange(1, 10)
        victim = run.start("a", fault=f"SIGKILL {point}:{visit}")
        if point == "stopping":
            before = run.came_out
            await_ready(victim)  # before that it does not handle SIGTERM
            run.wait_past(before)
            victim.send(signal.SIGTERM)
        assert victim.wait() == -signal.SIGKILL
        run.struck(f"SIGKILL {point}:{visit}")
    run.start("a")

    run.verify()


def test_ten_kills_of_either_of_two_workers_lose_nothing_and_repeat_nothing(run: Run, drawn: random.Random):
    run.publish(draw_articles(drawn, 3000), poison=60)
    run.kill_either_of_two(drawn, 10)

    run.verify()


# Seconds: less than the session's time-out (10); more; more than a transaction's (15, checked every 10).
@pytest.mark.parametrize(
    ("point", "seconds"),
    [("before offsets", 4), ("before offsets", 13), ("before commit", 13), ("before commit", 27)],
)
def test_a_worker_that_pauses_inside_a_transaction_and_continues_repeats_nothing(
    run: Run, drawn: random.Random, point: str, seconds: float
):
    run.publish(draw_articles(drawn, 800), poison=10)
    zombie = run.start("a", fault=f"SIGSTOP {point}:{drawn.randrange(3, 8)}")
    wait_until(lambda: zombie.stands_still, "the worker is paused", 60)
    await_ready(run.start("b"))
    time.sleep(seconds)  # this is the fault itself
    zombie.send(signal.SIGCONT)
    run.struck(f"pause of {seconds} s {point}")

    run.verify()


def test_a_worker_that_waited_for_a_partition_for_days_takes_over(run: Run, drawn: random.Random):
    """After `max_poll_interval` without a fetch, aiokafka leaves the group and never joins it again."""
    days = {"WIREROOM_TEST_HASTE": "100000"}  # one second counts as more than a day
    workers = {f"{run.wire.group}-{name}": run.start(name, **days) for name in "abcde"}
    for worker in workers.values():
        await_ready(worker)
    spare = wait_until(lambda: spare_of(run, len(workers)), "one of five members has none of four partitions")
    time.sleep(5)  # this is the fault itself: several days
    for name in workers.keys() - {spare}:
        workers[name].kill()
    run.publish(draw_articles(drawn, 200), poison=10)
    run.struck("all killed but the worker without a partition")

    run.verify()


def spare_of(run: Run, members: int) -> str | None:
    """Return the instance without a partition if the group is stable with `members` members, else None."""
    with administer(run.wire.connection) as admin:
        group = admin.describe_groups([run.wire.group])[run.wire.group]
    if group["group_state"] != "Stable" or len(group["members"]) != members:
        return None
    for member in group["members"]:
        if not any(topic["partitions"] for topic in member["member_assignment"]["assigned_partitions"]):
            return str(member["group_instance_id"])
    return None


@pytest.mark.parametrize("point", ["sending", "after offsets"])
def test_a_worker_that_is_stopped_in_a_batch_finishes_the_batch_and_leaves(
    run: Run, drawn: random.Random, point: str
):
    run.publish(draw_articles(drawn, 400), poison=10)
    for _ in range(2):
        leaving = run.start("a", fault=f"SIGTERM {point}:{drawn.randrange(2, 12)}")
        assert leaving.wait() == 0
        run.struck(f"SIGTERM {point}")
    run.start("a")

    run.verify()


def test_workers_that_join_leave_and_flap_disturb_nothing(run: Run, drawn: random.Random):
    run.publish(draw_articles(drawn, 1500), poison=40)
    steady = [run.start()]
    for change in range(1, 7):
        run.wait_for(change / 8)
        run.struck(f"change {change}")
        if len(steady) > 1 and drawn.random() < 0.5:
            leaving = steady.pop(drawn.randrange(len(steady)))
            await_ready(leaving)
            assert leaving.stop() == 0
        else:
            steady.append(run.start())

    run.verify()


def test_two_workers_with_the_same_static_id_repeat_nothing(run: Run, drawn: random.Random):
    articles = draw_articles(drawn, 1000)
    run.publish(articles[:500], poison=10)
    first = run.start("same")
    run.wait_for(0.2)
    await_ready(run.start("same"))
    run.struck("a second worker with the same static id")
    run.publish(articles[500:], poison=10)
    wait_until(lambda: run.is_done, "everything came out", 180)
    first.kill()  # if it has not left by itself; the second worker has the name

    run.verify()


def test_a_stranger_with_a_lanes_transactional_id_repeats_nothing(run: Run, drawn: random.Random):
    run.publish(draw_articles(drawn, 1000), poison=20)
    run.start("a")
    for share in (0.1, 0.3, 0.5):
        run.wait_for(share)
        topic = drawn.choice(list(run.flow.reads))
        run.struck(f"a stranger on {topic}")
        asyncio.run(intrude(run.wire, f"{run.wire.group}.{topic}.{drawn.randrange(4)}"))

    run.verify()


def test_an_article_that_breaks_its_stage_is_buried_and_its_partition_continues(
    run: Run, drawn: random.Random
):
    deeds = ["kill in entities", "hang in cleanup", "eat in labels", "raise in entities", "refuse in cleanup"]
    plain = draw_articles(drawn, 250, deeds=())
    places = drawn.sample(range(len(plain)), len(deeds))
    for place, deed in zip(places, deeds, strict=True):
        plain[place] = plain[place].model_copy(update={"body": f"{deed} {plain[place].body}"})
    run.publish(plain)
    run.start("a", WIREROOM_STAGE_SECONDS="2", WIREROOM_STAGE_MEMORY_MB="2048")

    evidence = run.verify()

    assert reasons(run, evidence) == sorted(
        ["StageCrashed", "StageTimedOut", "Unexpected", "Unexpected", "EmptyArticle"]
    )


def reasons(run: Run, evidence: Evidence) -> list[str]:
    letters = [record for record in evidence.final if record.topic == run.wire.topics.dead]
    return sorted(str(text_of(letter.headers, EXCEPTION)) for letter in letters)


def test_a_stage_process_that_is_killed_repeatedly_costs_no_article(run: Run, drawn: random.Random):
    run.publish(draw_articles(drawn, 1500), poison=20)
    worker = run.start("a")
    for kill in range(1, 5):
        run.wait_for(kill / 6)
        run.struck(f"kill {kill} of the stage process")
        for child in children(worker.pid):
            os.kill(child, signal.SIGKILL)

    run.verify()


def children(pid: int) -> list[int]:
    """Return the process ids of the stage processes of the worker `pid`."""
    return [
        child.pid for child in psutil.Process(pid).children() if "spawn_main" in " ".join(child.cmdline())
    ]


def test_a_replay_under_load_sends_each_letter_once(run: Run, drawn: random.Random):
    # Only poison may be buried here: the replay of a refused article would have the same event id as the
    # article.
    run.publish(draw_articles(drawn, 1000, deeds=()), poison=60)
    run.start("a")
    sent = 0
    for share in (0.2, 0.4, 0.6):
        run.wait_for(share)
        run.struck("replay")
        sent += replay(run.wire.connection, run.wire.topics, run.wire.group, replay_limit=2).sent.total()
    run.count_published()

    evidence = run.verify()

    poison = Counter(
        (record.value, text_of(record.headers, "wireroom.replays"))
        for record in evidence.final
        if record.topic == run.wire.topics.raw and b"poison" in (record.value or b"")
    )
    assert set(poison.values()) == {1}
    assert sent > 0
    assert len(poison) == 63 + sent


# A static member that comes back keeps its old partitions, so only Wireroom looks for new ones.
@pytest.mark.parametrize("restarted", ["before", "after"])
def test_partitions_added_under_load_are_read(run: Run, drawn: random.Random, restarted: str):
    # One version per article: after partitions were added, the next version may go to another, as documented.
    early, late = draw_articles(drawn, 600, versions=1), draw_articles(drawn, 600, versions=1)
    late = [article.model_copy(update={"article_id": f"late-{n}"}) for n, article in enumerate(late)]
    early = [article.model_copy(update={"article_id": f"early-{n}"}) for n, article in enumerate(early)]
    run.publish(early, poison=10)
    first = run.start("a")
    run.wait_for(0.3)
    if restarted == "before":
        assert first.stop() == 0
        await_ready(run.start("a"))
    run.struck("partitions added")
    run.repartitioned = True
    create_topics(
        run.wire.connection, wire_topics(Settings(topic_prefix=run.wire.prefix, partitions=7), LABELS)
    )
    run.publish(late, poison=10)
    if restarted == "after":
        assert first.stop() == 0
        run.start("a")

    run.verify()
