"""Faust's way from a rebalance to reading again, without the end that it takes when the broker is away."""

from __future__ import annotations

from typing import Any

from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery


class WaitingRecovery(Recovery):  # type: ignore[misc]
    """Waits for the committed offsets for as long as the broker takes.

    Faust waits for `broker_request_timeout` seconds and then takes the service for stopped, since mode's
    `wait_first` says so after a time-out (faust-streaming 0.15.3): no rebalance would make the worker read
    again, and it would stay a member of its group.
    """

    async def _wait(self, coro: Any, timeout: Any = None) -> None:
        """Wait for CORO. Raises RebalanceAgain or ServiceStopped when that comes first."""
        await super()._wait(coro)


class NoTables(TableManager):  # type: ignore[misc]
    """Faust's manager of tables, of which there are none: its recovery goes on after each rebalance."""

    _recovery: WaitingRecovery | None = None

    @property
    def recovery(self) -> WaitingRecovery:
        """The recovery above."""
        if self._recovery is None:
            self._recovery = WaitingRecovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery
