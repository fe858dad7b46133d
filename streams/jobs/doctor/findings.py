"""What a check finds, and how a check that the broker does not allow ends."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from enum import StrEnum

from kafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    NodeNotReadyError,
    RequestTimedOutError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailedError,
    UnsupportedVersionError,
)

from streams.errors import WireroomError
from streams.kafka.connection import describe_error

REFUSALS = (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailedError,
)

SILENCE = (KafkaConnectionError, KafkaTimeoutError, NodeNotReadyError, RequestTimedOutError)


class Status(StrEnum):
    """How a check ended; only a problem makes the doctor fail."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Finding:
    """What the check called `check` found, in words, and what to do about it."""

    check: str
    status: Status
    text: str
    fix: str | None = None


@dataclass(frozen=True)
class Check:
    """A check by its name; it yields its findings, one that is ok if nothing is wrong."""

    name: str
    look: Callable[[], Iterable[Finding]]

    def run(self) -> Generator[Finding, None, bool]:
        """Yield the findings; an error of the broker is one of them.

        Return False if the broker does not answer any more, so that further checks would only wait for it.
        """
        try:
            yield from self.look()
        except REFUSALS as error:
            yield Finding(
                self.name,
                Status.SKIPPED,
                f"the broker does not let this user look: {describe_error(error)}",
                "run it as a user that may describe the cluster, the topics and the group",
            )
        except UnsupportedVersionError:
            yield Finding(self.name, Status.SKIPPED, "the broker is too old to tell", "update Kafka")
        except SILENCE as error:
            yield Finding(
                self.name,
                Status.PROBLEM,
                f"the broker stopped answering: {describe_error(error)}",
                "look at its log, and run the doctor again",
            )
            return False
        except KafkaError as error:
            yield Finding(
                self.name,
                Status.PROBLEM,
                f"the broker failed: {describe_error(error)}",
                "look at its log, and run the doctor again",
            )
        except WireroomError as error:  # its message says what to do
            yield Finding(self.name, Status.PROBLEM, str(error))
        return True


def ok(check: str, text: str) -> Finding:
    """Return the finding that all is well."""
    return Finding(check, Status.OK, text)


def note(check: str, text: str, fix: str | None = None) -> Finding:
    """Return a finding that is worth knowing and not wrong."""
    return Finding(check, Status.NOTE, text, fix)


def problem(check: str, text: str, fix: str) -> Finding:
    """Return the finding that something is wrong."""
    return Finding(check, Status.PROBLEM, text, fix)
