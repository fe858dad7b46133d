"""`wireroom health`."""

from __future__ import annotations

import time

import click

from streams.errors import WireroomError
from streams.settings import Settings
from streams.worker.heartbeat import Heartbeat, heartbeat_files, read_heartbeats, remove_heartbeat


@click.command()
@click.option("--silent-seconds", default=15.0, show_default=True, help="How old its last heartbeat may be.")
@click.option("--busy-seconds", default=120.0, show_default=True, help="How long one batch may take.")
def health(silent_seconds: float, busy_seconds: float) -> None:
    """Tell whether the workers on this machine are alive and moving; exit 1 when one is not.

    A worker writes its heartbeat every two seconds from the loop that does the work. One that is paused or hangs
    writes none; one that cannot finish its batch says how long it has tried. With WIREROOM_INSTANCE, only the
    worker of that name is looked at; without it, all workers of the group that have no name.
    """
    settings = Settings()
    heartbeats = read_heartbeats(settings)
    if not heartbeats:
        raise WireroomError(
            f"no worker has written a heartbeat to {heartbeat_files(settings)}: is one running?"
        )
    living = [heartbeat for heartbeat in heartbeats.values() if heartbeat.is_of_a_running_process]
    if not living:
        last = max(heartbeats.values())
        raise WireroomError(f"the worker (pid {last.pid}) is gone: restart it")
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
    """Return why the worker is not well, or None if it is."""
    age = time.time() - heartbeat.at
    if age > silent_seconds:
        return f"worker {heartbeat.pid} has been silent for {age:.0f} s: restart it"
    if heartbeat.busy_seconds > busy_seconds:
        return f"worker {heartbeat.pid} has been stuck in one batch for {heartbeat.busy_seconds:.0f} s"
    return None
