"""The app of a worker, built and not started."""

from __future__ import annotations

from typing import Any

from streams.app import build_app
from streams.enrich import STAGES
from streams.settings import Settings
from streams.worker.stage_process import StageProcess


def test_an_app_built_from_an_iterator_of_stages_works_on_all_of_them(monkeypatch):
    monkeypatch.setattr(StageProcess, "launch", lambda _process: None)
    iterator: Any = iter(STAGES)

    app = build_app(Settings(), iterator, build_stages=dict)

    assert set(app.agents) == set(STAGES)
