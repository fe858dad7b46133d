"""Log lines: one line for each outcome, readable for people and parseable for machines."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from streams.children import load_stages
from streams.logs import ARTICLES, LIBRARY_LEVELS, QUOTING, configure_logging
from streams.settings import Settings

log = logging.getLogger("wireroom.test")


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """Undo what configure_logging did to the root logger and to the libraries' loggers."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in (*LIBRARY_LEVELS, *QUOTING, ARTICLES)}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, of_library in levels.items():
        logging.getLogger(name).setLevel(of_library)


def fail() -> None:
    try:
        raise ZeroDivisionError("division by zero")
    except ZeroDivisionError:
        log.exception("stage failed", extra={"stage": "cleanup"})


def test_a_line_has_time_level_logger_message_and_fields(capsys):
    configure_logging("INFO")

    log.warning("article %s", "buried", extra={"stage": "cleanup", "offset": 41})

    time, rest = capsys.readouterr().err.split(" WARNING ")
    assert rest == "wireroom.test: article buried stage=cleanup offset=41\n"
    assert len(time) == len("2026-03-01 12:00:00,000")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("EmptyArticle", "EmptyArticle"),
        (41, "41"),
        (0.5, "0.5"),
        (True, "true"),
        (None, ""),
        ("", ""),
        ("no text left", '"no text left"'),
        ('it said "no"', r'"it said \"no\""'),
        ("a=b", '"a=b"'),
        ("first\nsecond", r'"first\nsecond"'),
        ("C:\\new folder", r'"C:\\new folder"'),
        ("\x1b[31mred", r'"\u001b[31mred"'),
        ("Führung", "Führung"),
        (OSError(28, "No space left on device"), '"[Errno 28] No space left on device"'),
    ],
)
def test_a_value_is_quoted_where_it_needs_quotes(capsys, value, written):
    configure_logging("INFO")

    log.info("buried", extra={"why": value})

    assert capsys.readouterr().err.endswith(f" INFO wireroom.test: buried why={written}\n")


def test_a_message_with_a_line_break_stays_on_one_line(capsys):
    configure_logging("INFO")

    log.info("from %s", "a\n2026-03-01 12:00:00,000 CRITICAL wireroom: forged", extra={"stage": "labels"})

    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(r"from a\n2026-03-01 12:00:00,000 CRITICAL wireroom: forged stage=labels")


def test_a_traceback_is_readable_below_its_line(capsys):
    configure_logging("INFO")

    fail()

    first, *traceback = capsys.readouterr().err.splitlines()
    assert first.endswith("ERROR wireroom.test: stage failed stage=cleanup")
    assert traceback[0] == "Traceback (most recent call last):"
    assert traceback[-1] == "ZeroDivisionError: division by zero"


def test_a_line_of_logfmt_is_fields_alone(capsys):
    configure_logging("INFO", "logfmt")

    log.warning(
        "article %s", "buried", extra={"stage": "cleanup", "why": 'no "text"\nleft', "trace_id": "4bf9"}
    )

    (line,) = capsys.readouterr().err.splitlines()
    time, rest = line.split(" ", 1)
    assert time.startswith("time=20")
    assert time.endswith("Z")
    assert rest == (
        'level=warning logger=wireroom.test msg="article buried" '
        r'stage=cleanup why="no \"text\"\nleft" trace_id=4bf9'
    )


def test_a_traceback_in_logfmt_is_part_of_its_line(capsys):
    configure_logging("INFO", "logfmt")

    fail()

    (line,) = capsys.readouterr().err.splitlines()
    assert 'exception="Traceback' in line
    assert "ZeroDivisionError: division by zero" in line


@pytest.mark.parametrize(("articles", "lines"), [(True, 1), (False, 0)])
def test_articles_that_are_done_are_lines_where_a_setting_asks_for_them(capsys, articles, lines):
    configure_logging("INFO", articles=articles)

    logging.getLogger(ARTICLES).debug("article done", extra={"stage": "cleanup", "offset": 41})
    log.debug("no line")

    assert len(capsys.readouterr().err.splitlines()) == lines


def test_json_lines_carry_time_level_logger_message_and_fields(capsys):
    configure_logging("INFO", "json")

    log.warning("article %s", "buried", extra={"stage": "cleanup", "offset": 41, "why": "no text\nleft"})
    log.info("done")

    buried, done = map(json.loads, capsys.readouterr().err.splitlines())
    assert buried.pop("time").endswith("Z")
    assert buried == {
        "level": "WARNING",
        "logger": "wireroom.test",
        "message": "article buried",
        "fields": {"stage": "cleanup", "offset": 41, "why": "no text\nleft"},
    }
    assert (done["message"], done["fields"]) == ("done", {})


def test_a_traceback_in_json_is_part_of_its_line(capsys):
    configure_logging("INFO", "json")

    fail()

    (line,) = capsys.readouterr().err.splitlines()
    exception = json.loads(line)["exception"].splitlines()
    assert exception[0] == "Traceback (most recent call last):"
    assert exception[-1] == "ZeroDivisionError: division by zero"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (1.5, 1.5),
        (2**70, 2**70),
        (None, None),
        (b"\xff", "b'\\xff'"),
        (ValueError("x"), "x"),
        ("\ud800", "\ud800"),
    ],
)
def test_json_lines_are_valid_whatever_a_field_holds(capsys, value, written):
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not valid JSON")

    configure_logging("INFO", "json")

    log.info("x", extra={"why": value})

    assert json.loads(capsys.readouterr().err, parse_constant=refuse)["fields"] == {"why": written}


def test_libraries_are_quiet_unless_the_level_is_debug(capsys):
    configure_logging("INFO")
    for name in LIBRARY_LEVELS:
        logging.getLogger(name).info("from %s", name)
    assert capsys.readouterr().err == ""

    configure_logging("DEBUG")
    for name in LIBRARY_LEVELS:
        logging.getLogger(name).info("from %s", name)
    assert len(capsys.readouterr().err.splitlines()) == len(LIBRARY_LEVELS)


@pytest.mark.parametrize(
    ("written", "meant"), [("text", "text"), ("json", "json"), ("JSON", "json"), ("", "text")]
)
def test_the_format_is_a_setting(monkeypatch, written, meant):
    monkeypatch.setenv("WIREROOM_LOG_FORMAT", written)

    assert Settings().log_format == meant


def test_an_unknown_format_is_refused(monkeypatch):
    monkeypatch.setenv("WIREROOM_LOG_FORMAT", "xml")

    with pytest.raises(ValidationError, match="'text', 'logfmt' or 'json'"):
        Settings()


def test_the_stage_process_logs_in_the_format_of_its_worker(capsys):
    load_stages(Settings(log_format="json"), [], "INFO")

    logging.getLogger("wireroom.entities").warning("model missing")

    assert json.loads(capsys.readouterr().err)["message"] == "model missing"


WORKER_WITHOUT_A_BROKER = """
import sys
from streams.cli import main
main(["worker", "--broker", "localhost:1", "--stage", "cleanup"])
"""


@pytest.mark.slow
@pytest.mark.parametrize("log_format", ["text", "logfmt", "json"])
def test_a_worker_says_why_it_ends_in_the_format_that_was_asked_for(log_format):
    ended = subprocess.run(
        [sys.executable, "-c", WORKER_WITHOUT_A_BROKER],
        env={"WIREROOM_LOG_FORMAT": log_format},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    message = json.loads(line)["message"] if log_format == "json" else line
    prefix = {"text": "wireroom: ", "logfmt": r'time=\S+ level=critical logger=\S+ msg="', "json": ""}[
        log_format
    ]
    assert re.match(f"{prefix}no Kafka broker at localhost:1", message)


@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
def test_a_library_that_quotes_articles_is_not_logged(capsys, level):
    configure_logging(level)

    logging.getLogger("trafilatura.xml").error("missing link attribute: %s", "The minister resigned.")
    logging.getLogger("htmldate.extractors").warning("external parser error: %s", "on Monday")

    assert capsys.readouterr().err == ""
