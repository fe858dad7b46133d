"""A check that fails is a finding, and the other checks go on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from kafka.errors import (
    ClusterAuthorizationFailedError,
    KafkaConnectionError,
    KafkaTimeoutError,
    NotControllerError,
    RequestTimedOutError,
    TopicAuthorizationFailedError,
    UnsupportedVersionError,
)

from streams.errors import TaxonomyError
from streams.jobs.doctor.findings import Check, Finding, Status, ok


def ended_by(error: Exception | None) -> list[Finding]:
    """Return the findings of a check that raises `error` after its first finding."""

    def look() -> Iterator[Finding]:
        yield ok("topics", "two topics")
        if error:
            raise error

    return list(Check("topics", look).run())


def test_a_check_that_ends_well_yields_what_it_found():
    assert ended_by(None) == [Finding("topics", Status.OK, "two topics")]


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (ClusterAuthorizationFailedError(), Status.SKIPPED, "the broker does not let this user look: "),
        (TopicAuthorizationFailedError(), Status.SKIPPED, "the broker does not let this user look: "),
        (UnsupportedVersionError(), Status.SKIPPED, "the broker is too old to tell"),
        (NotControllerError(), Status.PROBLEM, "the broker failed: "),
        (KafkaTimeoutError("late"), Status.PROBLEM, "the broker stopped answering: KafkaTimeoutError"),
        (TaxonomyError("a.toml: no name; add one"), Status.PROBLEM, "a.toml: no name; add one"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_is_the_last_finding(error, status, text):
    first, last = ended_by(error)

    assert first.status is Status.OK
    assert (last.check, last.status) == ("topics", status)
    assert last.text.startswith(text)


@pytest.mark.parametrize(
    ("error", "answers"),
    [
        (None, True),
        (NotControllerError(), True),
        (ClusterAuthorizationFailedError(), True),
        (KafkaTimeoutError("late"), False),
        (RequestTimedOutError("after 9999 ms"), False),
        (KafkaConnectionError("reset"), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_check_tells_if_the_broker_still_answers(error, answers):
    told = []

    def look() -> Iterator[Finding]:
        yield ok("topics", "two topics")
        if error:
            raise error

    def examine() -> Iterator[Finding]:
        told.append((yield from Check("topics", look).run()))

    findings = list(examine())

    assert findings[0] == ok("topics", "two topics")
    assert told == [answers]


def test_a_bug_of_ours_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        ended_by(ZeroDivisionError())
