"""A worker that is told to stop before it has begun."""

from __future__ import annotations

import subprocess
import sys

# The signal comes while the models load, from the check that runs beside it.
STOPPED_EARLY = """
import os, signal, sys
from streams.settings import Settings
from streams.worker import run_worker
sys.exit(run_worker(Settings(), build=dict, check=lambda: os.kill(os.getpid(), signal.SIGTERM)))
"""


def test_a_worker_stopped_while_it_starts_exits_with_0_and_says_nothing() -> None:
    ended = subprocess.run([sys.executable, "-c", STOPPED_EARLY], capture_output=True, timeout=60)

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")
