"""Prometheus and its promtool, which come with Debian's package `prometheus`."""

from __future__ import annotations

import os
import shutil

import pytest


@pytest.fixture(scope="session")
def promtool() -> str:
    """Return the path of promtool."""
    return required("promtool")


@pytest.fixture(scope="session")
def prometheus_binary() -> str:
    """Return the path of Prometheus."""
    return required("prometheus")


def required(program: str) -> str:
    """Return the path of `program`. Without it the test skips, or fails if it is required, as in CI."""
    path = shutil.which(program)
    if path is not None:
        return path
    reason = f"{program} is not installed; on Debian it comes with `apt-get install prometheus`"
    if os.environ.get("WIREROOM_REQUIRE_PROMETHEUS"):
        pytest.fail(reason)
    pytest.skip(reason)
