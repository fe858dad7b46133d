"""The topology is what its picture shows, whichever stages a worker runs."""

from __future__ import annotations

from typing import Any

import faust
import pytest

import streams.topology
from streams.enrich import Enricher
from streams.events import CleanArticle, Fingerprint, RawArticle, TaggedArticle
from streams.topics import PIPELINE, Topics
from streams.topology import build_topology


class NoDelivery:
    """Accepts nothing; the agents are built and never run."""

    max_bytes = 1000

    def connect(self, *_: object) -> None:
        pass


def test_the_picture_of_the_topology_names_every_agent_and_topic():
    picture = (streams.topology.__doc__ or "").split("Each agent")[0]
    topics = Topics()
    named = {*topics.flow(), topics.dead, topics.label("<label>")}

    assert {topic for topic in named if topic not in picture} == set()
    assert [stage for stage in PIPELINE if f"[{stage}]" not in picture] == []


def test_each_stage_reads_the_topic_that_the_stage_before_it_writes():
    topics = Topics()

    stages = streams.topology.stages(Enricher(None, None, None), topics, 1000)

    assert tuple(stage.name for stage in stages) == PIPELINE
    assert [stage.reads for stage in stages] == [RawArticle, CleanArticle, TaggedArticle, Fingerprint]
    nothing: Any = None  # the first two stages write one topic, whatever the article
    assert [stage.to(nothing)[0] for stage in stages[:2]] == [topics.clean, topics.tagged]


@pytest.mark.parametrize("only", [PIPELINE, ("entities",), ("labels", "cleanup"), ("stories",)])
def test_a_worker_has_an_agent_for_each_of_its_stages(only):
    app = faust.App("agents")
    delivery: Any = NoDelivery()

    build_topology(app, delivery, Topics(), only)

    assert set(app.agents) == set(only)


def test_an_iterator_of_stages_loses_none_of_them():
    app = faust.App("iterator")
    delivery: Any = NoDelivery()
    iterator: Any = iter(PIPELINE)

    build_topology(app, delivery, Topics(), iterator)

    assert set(app.agents) == set(PIPELINE)
