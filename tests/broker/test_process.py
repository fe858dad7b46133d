"""A guarded process runs under a watchdog and ends with everything that it started."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from streams.broker.process import GuardedProcess
from streams.errors import BrokerError
from tests.broker.wire import wait_until

WAIT_FOR_SIGNAL = "import signal; print('ready', flush=True); signal.pause()"
START_CHILD = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
print(child.pid, flush=True)
child.wait()
"""


def run(folder: Path, program: str, *, niceness: int = 0) -> GuardedProcess:
    lock = (folder / "lock").open("w")
    with lock:
        return GuardedProcess(
            [sys.executable, "-c", program], log=folder / "log", lock=lock.fileno(), niceness=niceness
        )


def first_line(folder: Path) -> str:
    return wait_until(lambda: (folder / "log").read_text().strip(), "the command has printed a line")


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGKILL, 128 + signal.SIGKILL)]
)
def test_a_process_that_a_signal_ended_has_the_status_that_a_shell_gives_it(tmp_path, number, status):
    process = run(tmp_path, WAIT_FOR_SIGNAL)
    first_line(tmp_path)
    assert process.running

    process.signal(number)

    assert process.close() == status
    assert not process.running
    process.signal(number)  # a process that is gone is no error


class Interrupted(Exception):
    pass


def test_a_signal_that_another_thread_receives_ends_the_wait(tmp_path):
    process = run(tmp_path, WAIT_FOR_SIGNAL)
    main = threading.get_native_id()

    def interrupt(number, frame):
        raise Interrupted

    def receive_a_signal() -> None:
        wait_until(lambda: state_of(main) == "S", "the main thread waits")
        signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with pytest.raises(Interrupted):  # noqa: PT012 - the signal must not come before this block
            threading.Thread(target=receive_a_signal).start()
            process.wait()
    finally:
        signal.signal(signal.SIGUSR1, before)
        process.abort()
        process.close()


def state_of(thread: int) -> str:
    """Return the state of a thread of this process: R while it runs, S while it waits."""
    return Path(f"/proc/self/task/{thread}/stat").read_text().rpartition(")")[2].split()[0]


def test_a_process_that_does_not_end_in_time_is_still_running(tmp_path):
    process = run(tmp_path, WAIT_FOR_SIGNAL)

    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.01)

    assert process.running
    process.abort()
    process.close()


def test_an_aborted_process_ends_with_its_children(tmp_path):
    process = run(tmp_path, START_CHILD)
    child = psutil.Process(int(first_line(tmp_path)))
    command = psutil.Process(process.pid)

    process.abort()

    process.close()
    wait_until(lambda: not (command.is_running() or child.is_running()), "command and child have ended")


def test_a_process_runs_at_the_priority_that_it_was_given(tmp_path):
    process = run(tmp_path, WAIT_FOR_SIGNAL, niceness=19)

    assert psutil.Process(process.pid).nice() == 19
    process.abort()
    process.close()


def test_a_command_that_cannot_be_run_is_named(tmp_path):
    with (
        (tmp_path / "lock").open("w") as lock,
        pytest.raises(BrokerError, match=r"cannot run /no/java; install it again"),
    ):
        GuardedProcess(["/no/java"], log=tmp_path / "log", lock=lock.fileno())
