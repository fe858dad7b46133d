"""`wireroom broker` prints its address, and stops in order or says why Kafka ended."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from streams.broker.folder import CLEAN_SHUTDOWN
from streams.broker.ports import port_problem
from streams.kafka.admin import list_topics
from streams.kafka.connection import Connection
from tests.broker.output import read_line
from tests.broker.wire import PATIENCE, wireroom

pytestmark = [pytest.mark.broker, pytest.mark.timeout(300)]


def broker_command(folder: Path, stderr: int | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [wireroom(), "broker", "--port", "0", "--data", str(folder)],
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_prints_the_address_and_stops_in_order(tmp_path, number):
    command = broker_command(tmp_path)
    with command:
        address = read_line(command)
        assert list_topics(Connection(address)) == []

        command.send_signal(number)

        assert command.wait(PATIENCE) == 0
    assert port_problem(int(address.rpartition(":")[2])) is None
    assert (tmp_path / "logs" / CLEAN_SHUTDOWN).exists()


def test_a_broker_that_dies_ends_the_command_with_an_error(tmp_path):
    command = broker_command(tmp_path, stderr=subprocess.PIPE)
    with command:
        read_line(command)
        (java,) = [  # another Java process may record the start-up archive
            child
            for child in psutil.Process(command.pid).children(recursive=True)
            if "java" in child.name() and str(tmp_path / "server.properties") in child.cmdline()
        ]
        java.kill()
        _, errors = command.communicate(timeout=PATIENCE)

    assert command.returncode == 1
    assert "wireroom: Kafka stopped unexpectedly" in errors
