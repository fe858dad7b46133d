"""`wireroom health`: check the workers on this machine, by their HTTP port or their heartbeats."""

from __future__ import annotations

import time
from collections.abc import Mapping

import click

from streams.cli.options import SecondsParameter
from streams.errors import WireroomError
from streams.settings import Settings
from streams.worker.heartbeat import Heartbeat, heartbeat_files, read_heartbeats, remove_heartbeat
from streams.worker.metrics.definitions import BROKER, MODELS
from streams.worker.probes import WorkerStatus, ask


@click.command()
@click.option(
    "--silent-seconds",
    type=SecondsParameter(),
    default=15.0,
    show_default=True,
    help="Maximum age of a worker's last heartbeat.",
)
@click.option(
    "--busy-seconds",
    type=SecondsParameter(),
    default=120.0,
    show_default=True,
    help="Maximum time for one batch.",
)
def health(silent_seconds: float, busy_seconds: float) -> None:
    """Check that the workers on this machine make progress.

    With WIREROOM_HTTP, the worker at that address is asked. If it does not answer, or without WIREROOM_HTTP,
    the heartbeats count that workers write every two seconds from the loop that does the work. The exit code
    is 1 if a worker is dead, paused or stuck in one batch. A worker whose broker is away is alive: a restart
    would not help. With WIREROOM_INSTANCE, the heartbeat of the worker of that name is checked; without it,
    those of all unnamed workers of the group.

    \b
    Example: wireroom health --busy-seconds 300
    """
    settings = Settings()
    if not _is_well_by_http(settings, silent_seconds, busy_seconds):
        _check_heartbeats(settings, silent_seconds, busy_seconds)


def _is_well_by_http(settings: Settings, silent_seconds: float, busy_seconds: float) -> bool:
    """Return True if the worker at `WIREROOM_HTTP` is well, and False if it does not answer.

    Raises WireroomError if it answers and is not well.
    """
    address = settings.http_address
    answer = ask(address) if address is not None and address.port else None
    if answer is None:
        return False
    status, failing = answer
    if (status.group, status.instance) != (settings.group, settings.instance):
        return False  # the worker of another group has the port
    problem = _problem_by_http(status, failing, silent_seconds, busy_seconds)
    if problem is not None:
        raise WireroomError(problem)
    not_ready = f"; not ready: {'; '.join(failing.values())}" if failing else ""
    click.echo(f"worker {status.pid} is well: {status.delivered} records delivered{not_ready}")
    return True


def _problem_by_http(
    status: WorkerStatus, failing: Mapping[str, str], silent_seconds: float, busy_seconds: float
) -> str | None:
    """Return why the worker is not well, or None if it is well."""
    if status.silent_seconds > silent_seconds:
        return f"worker {status.pid} has been silent for {status.silent_seconds:.0f} s; restart it"
    if MODELS in failing:
        return f"worker {status.pid} cannot work yet: {failing[MODELS]}"
    if status.busy_seconds > busy_seconds and BROKER not in failing:
        return _stuck(status.pid, status.busy_seconds)
    return None


def _check_heartbeats(settings: Settings, silent_seconds: float, busy_seconds: float) -> None:
    """Raise WireroomError unless every worker of the settings' group and name is well by its heartbeat."""
    heartbeats = read_heartbeats(settings.group, settings.instance)
    if not heartbeats:
        files = heartbeat_files(settings.group, settings.instance)
        raise WireroomError(f"no worker has written a heartbeat to {files}; start one with `wireroom worker`")
    living = [heartbeat for heartbeat in heartbeats.values() if heartbeat.is_of_a_running_process]
    if not living:
        last = max(heartbeats.values())
        raise WireroomError(f"worker {last.pid} is not running any more; restart it")
    for path, heartbeat in heartbeats.items():
        if heartbeat not in living:
            remove_heartbeat(path, heartbeat.pid)
    problems = [
        problem for heartbeat in living if (problem := _problem(heartbeat, silent_seconds, busy_seconds))
    ]
    if problems:
        raise WireroomError("; ".join(problems))
    for heartbeat in living:
        click.echo(f"worker {heartbeat.pid} is well: {heartbeat.delivered} records delivered")


def _problem(heartbeat: Heartbeat, silent_seconds: float, busy_seconds: float) -> str | None:
    """Return why the worker is not well, or None if it is well."""
    age = time.time() - heartbeat.at
    if age > silent_seconds:
        return f"worker {heartbeat.pid} has been silent for {age:.0f} s; restart it"
    if heartbeat.busy_seconds > busy_seconds:
        return _stuck(heartbeat.pid, heartbeat.busy_seconds)
    return None


def _stuck(pid: int, seconds: float) -> str:
    return f"worker {pid} has been stuck in one batch for {seconds:.0f} s; see its log, or restart it"
