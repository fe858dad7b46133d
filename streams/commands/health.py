"""`wireroom health`."""

from __future__ import annotations

import time

import click

from streams.errors import WireroomError
from streams.pulse import pulse_file, read_pulse
from streams.settings import Settings


@click.command()
@click.option("--silent-seconds", default=15.0, show_default=True, help="How old its last pulse may be.")
@click.option("--busy-seconds", default=120.0, show_default=True, help="How long one batch may take.")
def health(silent_seconds: float, busy_seconds: float) -> None:
    """Tell whether the worker on this machine is alive and moving; exit 1 when it is not.

    A worker writes its pulse every two seconds from the loop that does the work. One that is paused or hangs
    writes none; one that cannot finish its batch says how long it has tried.
    """
    path = pulse_file(Settings())
    pulse = read_pulse(path)
    if pulse is None:
        raise WireroomError(f"no worker has written a pulse to {path}: is one running?")
    age = time.time() - pulse.at
    if age > silent_seconds:
        raise WireroomError(f"worker {pulse.pid} has been silent for {age:.0f} s: restart it")
    if pulse.busy_seconds > busy_seconds:
        raise WireroomError(f"worker {pulse.pid} has been stuck in one batch for {pulse.busy_seconds:.0f} s")
    click.echo(f"worker {pulse.pid} is well: {pulse.delivered} records delivered")
