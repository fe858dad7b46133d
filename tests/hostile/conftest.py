"""Lend the hostile tests the fixture that runs `wireroom`."""

from tests.cli.conftest import run

__all__ = ["run"]
