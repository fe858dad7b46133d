"""Memory and CPU time of a process."""

from __future__ import annotations

import os
import subprocess
import sys

import psutil
import pytest

from streams.worker.metrics.processes import use_of


def test_a_process_uses_what_the_system_says():
    use = use_of(os.getpid())

    ours = psutil.Process()
    assert use is not None
    assert use.resident_bytes == pytest.approx(ours.memory_info().rss, rel=0.2)
    assert 0 < use.cpu_seconds <= sum(ours.cpu_times()[:2]) + 0.1


def test_a_process_that_has_ended_uses_nothing():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()

    assert use_of(ended.pid) is None
    assert use_of(None) is None
