"""A worker's pulse: a small file that says it moves. Light to import: a health check runs all the time."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import NamedTuple

from streams.settings import Settings

PULSE_SECONDS = 2.0


class Pulse(NamedTuple):
    """What a worker last said of itself."""

    at: float  # seconds since the epoch
    pid: int
    busy_seconds: float  # how long the slowest lane has had its batch in hand
    delivered: int  # records committed since the start


def pulse_file(settings: Settings) -> Path:
    """Where a worker of these settings writes its pulse; one file a group and instance on a machine."""
    folder = Path(os.environ.get("TMPDIR", tempfile.gettempdir()))
    return folder / f"wireroom-{settings.group}-{settings.instance or 'worker'}.pulse"


def write_pulse(path: Path, pulse: Pulse) -> None:
    """Put PULSE into PATH in one step, so that no reader meets half of it, nor a worker of the same name."""
    new = path.with_suffix(f".{pulse.pid}.new")
    new.write_text(json.dumps(pulse), encoding="utf-8")
    new.replace(path)


def read_pulse(path: Path) -> Pulse | None:
    """The last pulse, or None when there is none that can be read."""
    try:
        return Pulse(*json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
