"""Kafka's own log: what a broker reads from it about errors and about fenced brokers."""

from __future__ import annotations

import re
from pathlib import Path

TAIL_LINES = 5


class KafkaLog:
    """The log at `path`, which need not exist yet."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._start = 0

    def mark_start(self) -> None:
        """Remember the end of the log as the start of the next run."""
        self._start = self.path.stat().st_size if self.path.exists() else 0

    def says_fenced(self, node: int) -> bool:
        """Return True if the controller has fenced the broker of `node` since the start that was marked.

        Only a controller that runs alone logs this: see CONTROLLER_LEVEL in java.py.
        """
        # The controller writes the registration after the decision.
        fenced = re.compile(
            rb"Fencing broker %d at epoch .*registration for broker %d:[^\n]*fenced=1" % (node, node),
            re.DOTALL,
        )
        with self.path.open("rb") as log:
            log.seek(self._start)
            return fenced.search(log.read()) is not None

    def tail(self) -> str:
        """Return the last messages as one line, without stack traces, which say less than the messages."""
        try:
            lines = self.path.read_text(errors="replace").splitlines()
        except OSError:
            lines = []
        messages = [line.strip() for line in lines if line.strip() and not line.startswith(("\t", "    at "))]
        return " | ".join(messages[-TAIL_LINES:]) or "it wrote nothing"
