"""`wireroom health`."""

from __future__ import annotations

import time

import click

from streams.errors import WireroomError
from streams.settings import Settings
from streams.worker.heartbeat import Pulse, pulse_files, read_pulses, remove_pulse


@click.command()
@click.option("--silent-seconds", default=15.0, show_default=True, help="How old its last pulse may be.")
@click.option("--busy-seconds", default=120.0, show_default=True, help="How long one batch may take.")
def health(silent_seconds: float, busy_seconds: float) -> None:
    """Tell whether the workers on this machine are alive and moving; exit 1 when one is not.

    A worker writes its pulse every two seconds from the loop that does the work. One that is paused or hangs
    writes none; one that cannot finish its batch says how long it has tried. With WIREROOM_INSTANCE, only the
    worker of that name is looked at; without it, all workers of the group that have no name.
    """
    settings = Settings()
    pulses = read_pulses(settings)
    if not pulses:
        raise WireroomError(f"no worker has written a pulse to {pulse_files(settings)}: is one running?")
    living = [pulse for pulse in pulses.values() if pulse.is_of_a_running_process]
    if not living:
        last = max(pulses.values())
        raise WireroomError(f"the worker (pid {last.pid}) is gone: restart it")
    for path, pulse in pulses.items():
        if pulse not in living:
            remove_pulse(path, pulse.pid)
    problems = [problem for pulse in living if (problem := _problem(pulse, silent_seconds, busy_seconds))]
    if problems:
        raise WireroomError("; ".join(problems))
    for pulse in living:
        click.echo(f"worker {pulse.pid} is well: {pulse.delivered} records delivered")


def _problem(pulse: Pulse, silent_seconds: float, busy_seconds: float) -> str | None:
    """Return why the worker is not well, or None if it is."""
    age = time.time() - pulse.at
    if age > silent_seconds:
        return f"worker {pulse.pid} has been silent for {age:.0f} s: restart it"
    if pulse.busy_seconds > busy_seconds:
        return f"worker {pulse.pid} has been stuck in one batch for {pulse.busy_seconds:.0f} s"
    return None
