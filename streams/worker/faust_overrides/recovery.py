"""Faust's steps from a rebalance to reading again, without giving up when the broker is away."""

from __future__ import annotations

from typing import Any

from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery


class WaitingRecovery(Recovery):  # type: ignore[misc]
    """Waits for the committed offsets for as long as the broker takes.

    Faust waits for `broker_request_timeout` seconds and then believes that the service was stopped, because
    mode's `wait_first` reports a time-out in that way (faust-streaming 0.15.3). The worker would stay a
    member of its group, and no rebalance would make it read again.
    """

    async def _wait(self, coro: Any, timeout: Any = None) -> None:
        """Wait for `coro`; raises RebalanceAgain or ServiceStopped if one of these comes first."""
        await super()._wait(coro)


class NoTables(TableManager):  # type: ignore[misc]
    """Faust's manager of tables, with our recovery; there are no tables."""

    _recovery: WaitingRecovery | None = None

    @property
    def recovery(self) -> WaitingRecovery:
        """Our recovery, made at the first use."""
        if self._recovery is None:
            self._recovery = WaitingRecovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery
