"""`wireroom health`: check the heartbeats of the workers on this machine."""

from __future__ import annotations

import time

import click

from streams.cli.options import SecondsParameter
from streams.errors import WireroomError
from streams.settings import Settings
from streams.worker.heartbeat import Heartbeat, heartbeat_files, read_heartbeats, remove_heartbeat


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

    A worker writes a heartbeat every two seconds from the loop that does the work, with the time that its
    current batch has taken. The exit code is 1 if a worker is dead, paused or stuck in one batch. With
    WIREROOM_INSTANCE, the worker of that name is checked; without it, all unnamed workers of the group.

    \b
    Example: wireroom health --busy-seconds 300
    """
    settings = Settings()
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
        stuck = f"worker {heartbeat.pid} has been stuck in one batch for {heartbeat.busy_seconds:.0f} s"
        return f"{stuck}; see its log, or restart it"
    return None
