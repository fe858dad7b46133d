"""Read what a process prints."""

from __future__ import annotations

import subprocess


def read_line(process: subprocess.Popen[str]) -> str:
    """Wait for the next line of the process's standard output and return it without its end."""
    assert process.stdout is not None
    return process.stdout.readline().strip()
