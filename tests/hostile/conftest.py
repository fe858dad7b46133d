"""Lend the hostile tests the fixture that runs `wireroom`."""

from tests.cli.conftest import no_settings, run

__all__ = ["no_settings", "run"]
