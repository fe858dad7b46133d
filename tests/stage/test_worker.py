"""A worker that is told to stop before it has begun."""

from __future__ import annotations

import asyncio
import subprocess
import sys

from aiokafka.errors import KafkaConnectionError

from streams.worker import _report

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


def test_what_the_kafka_client_leaves_behind_is_for_debugging_and_all_else_is_told(caplog) -> None:
    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_report)
        for error in (KafkaConnectionError(), ZeroDivisionError()):
            loop.call_exception_handler({"message": "never retrieved", "exception": error})

    with caplog.at_level("INFO"):
        asyncio.run(scenario())

    assert [record.exc_info[0] for record in caplog.records] == [ZeroDivisionError]
