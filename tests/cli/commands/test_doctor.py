"""`wireroom doctor`: a line for each check, and exit 1 if something is wrong."""

from __future__ import annotations

import json

import pytest

from streams.jobs.doctor import Finding, Status
from streams.jobs.doctor.findings import note, ok, problem

WELL = [
    ok("brokers", "Kafka 4.3 at localhost:9092, 1 broker"),
    note("workers", "1 worker waits", "let it wait"),
]
ILL = [*WELL, problem("topics", "news.raw is missing", "create it with `wireroom topics create`")]


@pytest.fixture
def found(monkeypatch):
    """Return `found(findings)`, which sets what the doctor finds."""
    return lambda findings: monkeypatch.setattr("streams.jobs.doctor.diagnose", lambda *_: iter(findings))


def test_each_finding_is_a_line_with_its_fix(run, found):
    found(ILL)

    outcome = run("doctor")

    assert (outcome.code, outcome.err) == (1, "")
    assert outcome.lines == [
        "ok       brokers       Kafka 4.3 at localhost:9092, 1 broker",
        "note     workers       1 worker waits: let it wait",
        "problem  topics        news.raw is missing: create it with `wireroom topics create`",
    ]


def test_notes_and_skipped_checks_are_no_failure(run, found):
    found([*WELL, Finding("clock", Status.SKIPPED, "the broker does not let this user look")])

    assert run("doctor").code == 0


def test_json_has_an_object_for_each_finding(run, found):
    found(ILL)

    outcome = run("doctor", "--json")

    assert outcome.code == 1
    assert [json.loads(line) for line in outcome.lines] == [
        {"check": finding.check, "status": finding.status, "text": finding.text, "fix": finding.fix}
        for finding in ILL
    ]


def test_what_a_record_brings_cannot_control_the_terminal_or_break_the_line(run, found):
    found([ok("schema", "\x1b[31mred\nink")])

    outcome = run("doctor")

    assert "\x1b" not in outcome.out
    assert len(outcome.lines) == 1


def test_a_broker_that_is_not_there_is_one_line(run):
    outcome = run("doctor", "--broker", "localhost:1")

    assert (outcome.code, outcome.err) == (1, "")
    assert outcome.lines == [
        (
            "problem  brokers       no Kafka broker at localhost:1: "
            "start one with `wireroom broker` or set WIREROOM_BROKER"
        )
    ]


def test_label_files_that_cannot_be_used_are_one_line(run):
    outcome = run("doctor", env={"WIREROOM_TAXONOMY": "nowhere"})

    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.problems == [
        "wireroom: nowhere: no such folder; create it, or name another one in WIREROOM_TAXONOMY"
    ]


def test_topics_without_a_worker_are_found_on_a_broker(run, wire):
    outcome = run("doctor", "--json", env=wire.environment)

    findings = {line["check"]: line for line in map(json.loads, outcome.lines)}
    assert outcome.code == 1
    problems = {check for check, line in findings.items() if line["status"] == "problem"}
    assert problems - {"transactions"} == {"workers"}  # another test may have one open on this broker
    assert findings["workers"]["fix"] == "start one with `wireroom worker`"
    assert findings["topics"]["status"] == "ok"
