"""Refusals: the broker finds a batch too large. Then less of it is sent, and at last a dead letter."""

from __future__ import annotations

from streams.errors import ArticleTooLarge
from streams.records import Outgoing, Record
from streams.stage import Stage


class Refusals:
    """The refusals of one batch: of the whole batch, of its first record alone, of the dead letter for it."""

    def __init__(self) -> None:
        self._errors: list[Exception] = []

    def __bool__(self) -> bool:
        return bool(self._errors)

    def add(self, error: Exception) -> None:
        """Note that the broker refused what was tried last."""
        self._errors.append(error)

    def clear(self) -> None:
        """Begin again with whole batches."""
        self._errors.clear()

    @property
    def is_final(self) -> bool:
        """True if the broker refused even the dead letter."""
        return len(self._errors) > 2

    @property
    def asks_for_a_dead_letter(self) -> bool:
        """True if the broker refused the first record alone."""
        return len(self._errors) > 1

    def dead_letter(self, stage: Stage, record: Record) -> Outgoing:
        """Return the dead letter of `record`, whose results the broker refuses."""
        return stage.bury(record, ArticleTooLarge(f"the broker refuses the result: {self._errors[-1]}"))

    def undeliverable(self, place: str, stage: Stage) -> RuntimeError:
        """Return the error that says what to do about the dead letter of the record at `place`."""
        return RuntimeError(
            f"the broker refuses the dead letter of {place} for its size ({self._errors[-1]}); "
            f"raise max.message.bytes of {stage.dead}"
        )
