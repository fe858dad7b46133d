"""Ctrl-C while a command starts, which is mostly imports."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Ctrl-C comes with the import of the module that is named first.
INTERRUPTED = """
import sys
from importlib.abc import MetaPathFinder

imported = sys.argv.pop(1)

class CtrlC(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == imported:
            raise KeyboardInterrupt

sys.meta_path.insert(0, CtrlC())
from streams.__main__ import run
run()
"""


@pytest.mark.parametrize("imported", ["click", "pydantic", "streams.cli.commands.dead", "kafka"])
def test_ctrl_c_during_the_start_ends_it_quietly(imported: str):
    ended = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, imported, "dead", "ls"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")
