"""Controllers run alone until they have fenced the brokers that crashed, but not for ever."""

from __future__ import annotations

import pytest

from streams.broker import fencing
from streams.broker.fencing import fence_crashed
from streams.errors import BrokerError
from tests.fakes.nodes import RecordingNode


def nodes_of(*numbers: int) -> tuple[list[RecordingNode], list[str]]:
    steps = list[str]()
    return [RecordingNode(number, steps, []) for number in numbers], steps


def test_controllers_run_alone_until_the_crashed_brokers_are_fenced():
    nodes, steps = nodes_of(1, 2)
    answers = iter([False, True])

    fence_crashed(nodes, lambda: next(answers))

    assert steps == ["1 controller", "2 controller", "1 stopped", "2 stopped"]
    assert next(answers, None) is None


def test_a_controller_that_ends_by_itself_is_an_error_that_quotes_its_log():
    nodes, _ = nodes_of(1, 2)
    nodes[0].fails = True

    with pytest.raises(BrokerError, match=r"Kafka did not start: out of memory; see kafka\.log"):
        fence_crashed(nodes, lambda: False)


def test_the_wait_ends_for_a_broker_that_was_fenced_before_it_crashed(monkeypatch):
    nodes, steps = nodes_of(1)
    monkeypatch.setattr(fencing, "FENCE_SECONDS", 0.1)

    fence_crashed(nodes, lambda: False)

    assert steps == ["1 controller", "1 stopped"]
