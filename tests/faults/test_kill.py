"""Workers with the real enrichment are killed: the output is byte for byte the output without a broker."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.children import load_stages
from streams.enrich import STAGES
from streams.enrich.labels import load_labeller
from streams.events import RawArticle
from streams.settings import Settings
from streams.story_stage import stateful_story_stage
from tests.broker.wire import Wire, Worker
from tests.faults.checker import Bounds, Flow
from tests.faults.observer import Run

pytestmark = [pytest.mark.fault, pytest.mark.timeout(600)]

BODIES = (
    "The foreign ministers of Norway and Chile opened talks in Santiago, diplomats said.",
    "Global warming will raise the sea by half a metre, climate scientists said in Geneva.",
    "The city library stays open at night this winter, and the readers have come.",
)


INDEX_BYTES = 96 * 2**20  # of an index without stories, in the worker that takes their partition over


@pytest.fixture(scope="session")
def labels() -> tuple[str, ...]:
    """Return the labels of the shipped taxonomy."""
    return tuple(load_labeller(None).labels)


@pytest.fixture
def run(wire: Wire, labels: tuple[str, ...], tmp_path: Path) -> Iterator[Run]:
    """Return a run of `wireroom worker`."""
    settings = Settings(topic_prefix=wire.prefix)
    made, topics = load_stages(settings, STAGES), wire.topics
    flow = Flow(
        {topics.raw: made["cleanup"], topics.clean: made["entities"], topics.tagged: made["labels"]},
        {topics.fingerprints: stateful_story_stage(topics, settings.max_event_bytes, settings.story_days)},
    )
    run = Run(wire, flow, labels, tmp_path, launch=lambda environment, log, _: Worker(environment, (), log))
    yield run
    run.end()
    run.show_logs()


def test_four_kills_of_either_of_two_workers_change_nothing_in_the_output(run: Run, drawn: random.Random):
    run.publish(
        [
            RawArticle(article_id=f"a{n % 300}", body=f"{drawn.choice(BODIES)} Number {n}.")
            for n in range(900)
        ],
        poison=20,
    )
    run.kill_either_of_two(drawn, 4)

    run.verify(Bounds(memory=Bounds.memory + INDEX_BYTES))
    assert sum(due > 0 for topic, due in run.due.items() if ".labels." in topic) >= 2
