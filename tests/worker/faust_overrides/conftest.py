"""An app that nobody starts."""

from __future__ import annotations

import pytest

from streams.app import build_app
from streams.settings import Settings
from streams.worker.faust_overrides.app import WireApp
from streams.worker.stage_process import StageProcess


@pytest.fixture
def app(monkeypatch) -> WireApp:
    """The app of a worker of the first stage, without its stage process."""
    monkeypatch.setattr(StageProcess, "launch", lambda _process: None)
    return build_app(Settings(group="desk"), ["cleanup"], build_stages=dict)
