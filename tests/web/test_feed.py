"""The feed and the pipeline's numbers while the broker comes and goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.broker import EmbeddedBroker
from streams.kafka.admin import create_topics
from streams.provisioning import wire_topics
from tests.broker.wire import Wire
from tests.web.articles import enriched
from tests.web.conftest import Serving, options_for
from tests.web.pages import WireWriter


@pytest.mark.broker
def test_while_the_broker_is_away_the_page_says_so_and_then_goes_on(tmp_path: Path):
    with EmbeddedBroker(tmp_path) as broker:
        wire = Wire(broker.bootstrap, "news", "wireroom")
        create_topics(wire.connection, wire_topics(wire.settings, ["climate"]))
        port = int(broker.bootstrap.rpartition(":")[2])
        first, second, third = (enriched() for _ in range(3))
        write(wire, first)
        serving = Serving(options_for(wire))
        page = serving.page
        viewer = page.watch()
        came = viewer.read(1)

    page.wait_for(lambda state: state["broker"]["problem"], "the page says that the broker is away")
    with EmbeddedBroker(tmp_path, port=port):
        write(wire, second)
        came += viewer.read(1)
        page.wait_for(lambda state: state["broker"]["problem"] is None, "the page says that all is well")
        write(wire, third)
        came += viewer.read(1)
        serving.stop()

    ids = [event.data["article_id"] for event in came]
    assert ids == [first.article_id, second.article_id, third.article_id]


@pytest.mark.broker
def test_the_page_waits_for_a_broker_that_is_not_there_yet(tmp_path: Path):
    with EmbeddedBroker(tmp_path) as broker:
        port = int(broker.bootstrap.rpartition(":")[2])
        wire = Wire(broker.bootstrap, "news", "wireroom")
        create_topics(wire.connection, wire_topics(wire.settings, ["climate"]))
        event = enriched()
        write(wire, event)
    serving = Serving(options_for(wire))
    state = serving.page.wait_for(lambda state: state["broker"]["problem"], "the page says what is wrong")
    assert wire.bootstrap in state["broker"]["problem"]
    assert state["loaded"] is False

    with EmbeddedBroker(tmp_path, port=port), serving.page.watch() as viewer:
        came = viewer.read(1)
        serving.stop()

    assert came[0].data["article_id"] == event.article_id


def test_a_topic_that_is_missing_is_named(bootstrap):
    serving = Serving(options_for(Wire(bootstrap, "nothing-here", "nobody")))

    state = serving.page.wait_for(lambda state: state["broker"]["problem"], "the page says what is wrong")

    assert "nothing-here." in state["broker"]["problem"]
    assert "wireroom topics create" in state["broker"]["problem"]
    serving.stop()


def write(wire: Wire, *articles) -> None:
    """Write `articles` as the stage of labels does."""
    writer = WireWriter(wire)
    writer.enrich(*articles)
    writer.close()
