"""Run a command under the watchdog, which kills the command when this process is gone (watchdog.py)."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from streams.errors import BrokerError

WATCHDOG = Path(__file__).with_name("watchdog.py")
SIGNAL_SECONDS = 1.0  # how long the handler of a signal may be delayed


class GuardedProcess:
    """A running `command` and its watchdog.

    The command appends its output to `log` and runs at priority `niceness`. It inherits the descriptor
    `lock`, and holds it as long as it lives. Raises BrokerError if the command cannot be run.
    """

    def __init__(self, command: Sequence[str], *, log: Path, lock: int, niceness: int = 0) -> None:
        self._watchdog = subprocess.Popen(
            # Isolated and without site packages, Python starts at once; the watchdog needs no package.
            [sys.executable, "-I", "-S", str(WATCHDOG), str(log), str(niceness), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=(lock,),
            # Ctrl-C in the terminal reaches this process alone, which then stops the command in order.
            start_new_session=True,
        )
        try:
            self.pid = self._read_pid(command[0])
        except BaseException:
            self.abort()
            self.close()
            raise

    def _read_pid(self, program: str) -> int:
        line = self._watchdog.stdout.readline() if self._watchdog.stdout else ""
        if not line:
            raise BrokerError(
                f"cannot run {program}; install it again: pip install --force-reinstall 'wireroom[broker]'"
            )
        return int(line)

    @property
    def running(self) -> bool:
        """Return True if the watchdog is alive; it ends when the command has ended."""
        return self._watchdog.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the command, unless it has ended."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def abort(self) -> None:
        """Kill the watchdog, the command and the command's children; any thread may call this."""
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._watchdog.pid, signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """Wait until the command has ended and return its status, or 128 + N if signal N ended it.

        Raises subprocess.TimeoutExpired after `timeout` seconds.
        """
        # Python runs signal handlers in the main thread, between system calls. A wait without an end would
        # delay the handler of a signal that arrives just before it, or in another thread, until the end.
        while timeout is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                return self._watchdog.wait(SIGNAL_SECONDS)
        return self._watchdog.wait(timeout)

    def close(self) -> int:
        """Wait until the command has ended, close the pipes, and return the status as `wait` does."""
        status = self.wait()
        for pipe in (self._watchdog.stdin, self._watchdog.stdout):
            if pipe:
                pipe.close()
        return status
