"""Whatever happens to the worker that has the state, the stories are those of an undisturbed run."""

from __future__ import annotations

import random
import signal

import psutil
import pytest

from streams.dead import EXCEPTION, STAGE
from streams.headers import text_of
from streams.worker.stage_process import ATTEMPTS
from tests.broker.wire import Worker, wait_until
from tests.faults.flow import draw_articles
from tests.faults.observer import PATIENCE, Run, await_ready
from tests.faults.worker import POINTS

pytestmark = [pytest.mark.fault, pytest.mark.timeout(600)]

ENRICHING = {"WIREROOM_TEST_STAGES": "cleanup,entities,labels"}
STORIES = {"WIREROOM_TEST_STAGES": "stories"}


def come(run: Run) -> int:
    """Return how many stories came so far."""
    return run.watch.counts[run.wire.topics.stories]


def wait_for_stories(run: Run, count: int) -> None:
    """Wait until at least `count` stories came."""
    wait_until(lambda: come(run) >= count, f"{count} stories came", PATIENCE)


def state_process(worker: Worker) -> psutil.Process:
    """Return the child with the state of a worker that runs no other stage, once there is one."""

    def children() -> list[psutil.Process]:
        found = psutil.Process(worker.pid).children()
        return [child for child in found if child.is_running() and is_spawned(child)]

    (child,) = wait_until(children, "the worker has a state process", PATIENCE)
    return child


def is_spawned(process: psutil.Process) -> bool:
    """Return True if `process` is a child of multiprocessing; False too if it ends meanwhile."""
    try:
        return "spawn_main" in " ".join(process.cmdline())
    except psutil.Error:
        return False


def test_the_worker_with_the_state_may_be_killed_at_any_point(run: Run, drawn: random.Random):
    articles = draw_articles(drawn, 80 * len(POINTS), versions=3, deeds=())
    run.start("enriching", **ENRICHING)
    for number, point in enumerate(POINTS):
        run.publish(articles[80 * number : 80 * (number + 1)])
        visit = 1 if point in {"assigned", "polled", "stopping"} else drawn.randrange(1, 4)
        victim = run.start("stories", fault=f"SIGKILL {point}:{visit}", **STORIES)
        if point == "stopping":
            await_ready(victim)
            victim.send(signal.SIGTERM)
        assert victim.wait(PATIENCE) == -signal.SIGKILL
        run.struck(f"SIGKILL {point}:{visit}")
    run.start("stories", **STORIES)

    run.verify()


def test_a_state_process_that_is_killed_again_and_again_changes_no_story(run: Run, drawn: random.Random):
    run.publish(draw_articles(drawn, 600, deeds=()))
    run.start("enriching", **ENRICHING)
    worker = run.start("stories", **STORIES)
    for kill in range(1, 6):
        wait_for_stories(run, kill * 80)
        state_process(worker).kill()
        run.struck(f"kill {kill} of the state process")

    run.verify()


@pytest.mark.parametrize("point", ["before offsets", "before commit"])
def test_a_worker_that_pauses_with_the_state_and_comes_back_changes_no_story(
    run: Run, drawn: random.Random, point: str
):
    run.publish(draw_articles(drawn, 400, deeds=()))
    run.start("enriching", **ENRICHING)
    zombie = run.start("a", fault=f"SIGSTOP {point}:{drawn.randrange(3, 6)}", **STORIES)
    wait_until(lambda: zombie.stands_still, "the worker is paused", 60)
    other = run.start("b", **STORIES)
    await_ready(other)
    wait_until(lambda: run.is_done, "the other worker has taken over", PATIENCE)
    zombie.send(signal.SIGCONT)
    run.publish(draw_articles(drawn, 200, deeds=()))
    assert other.stop() == 0  # the partition goes back to the one that stood still
    run.struck(f"pause {point}, and back")

    run.verify()


def test_workers_that_come_and_go_hand_the_state_over(run: Run, drawn: random.Random):
    run.publish(draw_articles(drawn, 600, deeds=()))
    run.start("enriching", **ENRICHING)
    before = run.start("0", **STORIES)
    for change in range(1, 5):
        wait_for_stories(run, change * 100)
        following = run.start(str(change), **STORIES)
        await_ready(before)
        assert before.stop() == 0
        run.struck(f"change {change}")
        before = following

    run.verify()


def test_an_article_that_breaks_the_state_process_is_buried_alone(run: Run, drawn: random.Random):
    plain = draw_articles(drawn, 150, deeds=())
    for place, deed in ((40, "kill"), (90, "hang"), (120, "refuse")):
        plain[place] = plain[place].model_copy(update={"headline": f"{deed} in stories"})
    run.publish(plain)
    run.start("enriching", **ENRICHING)
    run.start("stories", **STORIES, WIREROOM_STAGE_SECONDS="2")
    run.due[run.wire.topics.stories] -= 3
    run.due[run.wire.topics.dead] += 3

    evidence = run.verify()

    letters = [record for record in evidence.final if record.topic == run.wire.topics.dead]
    reasons = sorted(str(text_of(letter.headers, EXCEPTION)) for letter in letters)
    assert reasons == ["EmptyArticle", "StageCrashed", "StageTimedOut"]
    assert {text_of(letter.headers, STAGE) for letter in letters} == {"stories"}
    restarts = run.workers[-1].log.read_text().count("state process restarted")
    assert restarts <= 2 * (1 + ATTEMPTS)
