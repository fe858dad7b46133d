"""Dead letters for the page: by reason, one in full, and their replay, which is `wireroom dead replay`."""

from __future__ import annotations

import heapq
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from streams.dead import DeadLetter
from streams.jobs.replay import DeadLetters, parse_id, replay
from streams.kafka.connection import Connection
from streams.topics import Topics

LISTED = 300  # the newest ones; the counts by reason are of all
MESSAGE_CHARACTERS = 300
BODY_CHARACTERS = 100_000


@dataclass(frozen=True)
class Selection:
    """Which letters to replay: those with these ids, or all that have a reason."""

    ids: frozenset[str] = frozenset()
    reason: str | None = None

    def has(self, letter: DeadLetter) -> bool:
        """Return True if `letter` is selected."""
        return letter.id in self.ids if self.ids else letter.reason == self.reason


class Letters:
    """The dead letters of `topics`; every call blocks."""

    def __init__(self, connection: Connection, topics: Topics, group: str, replay_limit: int) -> None:
        self._connection = connection
        self._topics = topics
        self._group = group
        self._replay_limit = replay_limit

    def list(self) -> dict[str, Any]:
        """Return the open letters by reason, and the newest of them."""
        reasons: Counter[str] = Counter()
        newest: list[tuple[int, int, int, DeadLetter]] = []
        with closing(DeadLetters(self._connection, self._topics)) as letters:
            for letter in letters.open():
                reasons[letter.reason] += 1
                heapq.heappush(newest, (letter.timestamp, letter.partition, letter.offset, letter))
                if len(newest) > LISTED:
                    heapq.heappop(newest)
        shown = [letter for *_, letter in sorted(newest, key=lambda each: each[:3], reverse=True)]
        return {
            "open": reasons.total(),
            "reasons": [{"reason": reason, "count": count} for reason, count in reasons.most_common()],
            "letters": [_line(letter) for letter in shown],
        }

    def show(self, letter_id: str) -> dict[str, Any] | None:
        """Return one letter in full, or None. Raises WireroomError if `letter_id` is not an id."""
        with closing(DeadLetters(self._connection, self._topics)) as letters:
            letter = letters.at(*parse_id(letter_id))
            if letter is None:
                return None
            replayed = letters.replayed().get(letter.id) == letter.timestamp
        body, is_text = _body(letter.value)
        return {
            **_line(letter),
            "message": letter.message,
            "stacktrace": letter.stacktrace,
            "headers": [[name, _readable(value)] for name, value in letter.headers],
            "body": body[:BODY_CHARACTERS],
            "is_text": is_text,
            "is_cut": len(body) > BODY_CHARACTERS,
            "is_open": not replayed,
        }

    def content(self, letter_id: str) -> bytes | None:
        """Return the original bytes of a letter, or None if there is no such letter."""
        with closing(DeadLetters(self._connection, self._topics)) as letters:
            letter = letters.at(*parse_id(letter_id))
        return None if letter is None else letter.value or b""

    def replay(self, selection: Selection, *, dry_run: bool) -> dict[str, Any]:
        """Send the selected open letters back, or with `dry_run` tell which ones would go."""
        sent: list[dict[str, Any]] = []
        outcome = replay(
            self._connection,
            self._topics,
            self._group,
            replay_limit=self._replay_limit,
            chosen=selection.has,
            dry_run=dry_run,
            on_letter=lambda letter: sent.append(_line(letter)),
        )
        refused = [{**_line(letter), "why": why} for letter, why in outcome.refused]
        seen = {letter["id"] for letter in [*sent, *refused]}
        return {
            "dry_run": dry_run,
            "letters": sent,
            "refused": refused,
            "missing": sorted(selection.ids - seen),
            "topics": dict(outcome.sent),
        }


def _line(letter: DeadLetter) -> dict[str, Any]:
    partition, offset = letter.origin
    return {
        "id": letter.id,
        "reason": letter.reason,
        "message": letter.message[:MESSAGE_CHARACTERS],
        "stage": letter.stage,
        "topic": letter.topic,
        "partition": partition,
        "offset": offset,
        "at": letter.at,
        "replays": letter.replays,
        "key": _readable(letter.key),
        "bytes": len(letter.value or b""),
    }


def _body(value: bytes | None) -> tuple[str, bool]:
    """Return `value` as text, or in hex if it is not UTF-8."""
    try:
        return (value or b"").decode(), True
    except UnicodeDecodeError:
        return (value or b"").hex(" "), False


def _readable(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "backslashreplace")
