"""One log line for the outcome of each article, with its trace and without its text."""

from __future__ import annotations

import logging
from dataclasses import replace
from types import SimpleNamespace

import pytest

from streams.errors import InvalidJson
from streams.headers import Header
from streams.logs import ARTICLES, JsonFormatter, LogfmtFormatter, TextFormatter
from streams.records import Outgoing
from streams.stage import Stage, unexpected
from streams.worker.outcomes import describe, log_outcomes
from tests.fakes.kafka import STAGE
from tests.fakes.records import Copied

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACED: Header = ("traceparent", f"00-{TRACE}-00f067aa0ba902b7-01".encode())
TEXT = "The minister resigned on Monday."


def record(offset: int, *headers: Header) -> Copied:
    return Copied("news.raw", 0, offset, 0, b"k", TEXT.encode(), headers)


def buried(record: Copied, error: Exception, stage: Stage = STAGE) -> Outgoing:
    return stage.bury(record, error if isinstance(error, InvalidJson) else unexpected(error))


def test_an_article_that_is_buried_is_a_warning_with_its_place_its_reason_and_its_trace(caplog):
    dead = record(7, TRACED)

    log_outcomes([record(6), dead], [buried(dead, InvalidJson("EOF at line 1"))], {"stage": "cleanup"})

    (line,) = caplog.records
    assert (line.levelname, line.message, line.stage) == ("WARNING", "article buried", "cleanup")
    assert (line.offset, line.reason, line.why, line.trace_id) == ("7", "InvalidJson", "EOF at line 1", TRACE)


def test_an_article_that_is_done_is_a_line_for_debugging(caplog):
    dead = record(7)

    with caplog.at_level("DEBUG"):
        log_outcomes(
            [record(6, TRACED), dead, record(9)], [buried(dead, InvalidJson("EOF"))], {"stage": "cleanup"}
        )

    done = [line for line in caplog.records if line.message == "article done"]
    assert [(line.levelname, line.offset, getattr(line, "trace_id", None)) for line in done] == [
        ("DEBUG", 6, TRACE),
        ("DEBUG", 9, None),
    ]


@pytest.mark.parametrize("formatter", [TextFormatter(), LogfmtFormatter(), JsonFormatter()])
def test_no_line_has_a_word_of_the_article(caplog, formatter):
    dead = record(7)

    with caplog.at_level("DEBUG"):
        log_outcomes([record(6), dead], [buried(dead, ValueError(f"cannot read {TEXT}"))], {})

    lines = [formatter.format(line) for line in caplog.records]
    assert len(lines) == 2
    assert [line for line in lines if "minister" in line] == []


@pytest.mark.parametrize("traceparent", [b"garbage", b"", None, b'00-"}{-\n'])
def test_a_traceparent_that_is_garbage_is_not_logged(caplog, traceparent):
    dead = record(7, ("traceparent", traceparent))

    log_outcomes([dead], [buried(dead, InvalidJson("EOF"))], {})

    assert not hasattr(caplog.records[0], "trace_id")


def test_a_trace_that_began_at_this_stage_is_logged(caplog):
    dead = record(7)

    with caplog.at_level("DEBUG"):
        letter = buried(dead, InvalidJson("EOF"))
        log_outcomes([record(6), dead], [letter], {}, {6: TRACE, 7: TRACE[::-1]})

    assert {line.message: line.trace_id for line in caplog.records} == {
        "article done": TRACE,
        "article buried": TRACE[::-1],
    }


def test_an_article_that_passed_several_stages_tells_the_last(caplog):
    stages = [STAGE, replace(STAGE, name="entities")]
    carriage = SimpleNamespace(stages=stages, records=[record(6)])

    with caplog.at_level("DEBUG"):
        log_outcomes([record(6), record(7)], [], {"stage": "cleanup"}, carriage=carriage)  # type: ignore[arg-type]

    assert [(line.offset, getattr(line, "through", None)) for line in caplog.records] == [
        (6, "entities"),
        (7, None),
    ]


def test_a_bug_of_ours_is_named_by_its_class_alone():
    assert describe(unexpected(ValueError(TEXT))) == "ValueError"


def test_lines_for_debugging_are_not_made_for_nobody(monkeypatch):
    class Unread(Copied):
        @property
        def headers(self):
            raise AssertionError("read")

    logging.getLogger(ARTICLES).setLevel("INFO")
    try:
        log_outcomes([Unread("news.raw", 0, 6, 0, b"k", b"v", ())], [], {})
    finally:
        logging.getLogger(ARTICLES).setLevel(logging.NOTSET)
