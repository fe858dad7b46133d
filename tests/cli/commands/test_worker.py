"""`wireroom worker` waits for the topics of its stages; the broker is a fake."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from streams.cli.commands import worker
from streams.cli.commands.worker import wait_for_topics
from streams.errors import AccessRefused, BrokerError
from streams.settings import Settings

pytestmark = pytest.mark.usefixtures("no_settings")

SETTINGS = Settings(broker="own.example:9092", security_protocol="PLAINTEXT")


@pytest.fixture
def answer(monkeypatch) -> Callable[..., None]:
    """Return a function that sets what the broker answers, one after another; the last answer stays."""

    def set_answers(*answers: Sequence[str] | BrokerError) -> None:
        left = list(answers)

        def missing_topics(*_: object) -> Sequence[str]:
            answer = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(answer, BrokerError):
                raise answer
            return answer

        monkeypatch.setattr(worker, "missing_topics", missing_topics)
        monkeypatch.setattr(worker, "POLL_SECONDS", 0)

    return set_answers


@pytest.mark.parametrize(
    ("missing", "problem"),
    [
        (["news.raw"], "topic news.raw does not exist at own.example:9092: .*topics create"),
        (
            ["news.raw", "news.dead"],
            "topics news.raw, news.dead do not exist at own.example:9092: .*topics create",
        ),
    ],
)
def test_missing_topics_are_named_with_what_creates_them(answer, missing, problem):
    answer(missing)

    with pytest.raises(BrokerError, match=problem):
        wait_for_topics(SETTINGS, ["cleanup"], 0)


def test_a_worker_waits_until_its_topics_exist(answer):
    answer(BrokerError("no Kafka broker"), ["news.raw"], [])

    wait_for_topics(SETTINGS, ["cleanup"], 60)


def test_a_broker_that_refuses_the_worker_is_not_asked_again(answer):
    answer(AccessRefused("the password is wrong"), [])

    with pytest.raises(AccessRefused, match="the password is wrong"):
        wait_for_topics(SETTINGS, ["cleanup"], 60)


@pytest.mark.parametrize(("form", "start"), [("text", "wireroom: "), ("json", "")])
def test_a_worker_that_cannot_start_exits_with_the_reason_on_one_line(run, monkeypatch, caplog, form, start):
    def refuse(*_: object, **__: object) -> int:
        raise BrokerError("no Kafka broker at own.example:9092")

    monkeypatch.setattr("streams.app.run_worker", refuse)

    outcome = run("worker", env={"WIREROOM_LOG_FORMAT": form})

    assert outcome.code == 1
    assert outcome.err == (f"{start}no Kafka broker at own.example:9092\n" if start else "")
    assert caplog.messages == ([] if start else ["no Kafka broker at own.example:9092"])
