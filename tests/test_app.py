"""The app of a worker, built and not started."""

from __future__ import annotations

import re
from typing import Any

import streams
from streams.app import build_app
from streams.children import model_versions
from streams.enrich import STAGES, UNLOADED, build_enricher
from streams.enrich.labels import load_labeller
from streams.settings import Settings
from streams.topics import PIPELINE
from streams.worker.stage_process import StageProcess


def test_an_app_built_from_an_iterator_of_stages_works_on_all_of_them(monkeypatch):
    monkeypatch.setattr(StageProcess, "launch", lambda _process: None)
    iterator: Any = iter(PIPELINE)

    app = build_app(Settings(), iterator, build_stages=dict)

    assert set(app.agents) == set(PIPELINE)


def test_a_worker_with_an_http_port_has_metrics_of_its_stages_and_probes(monkeypatch):
    monkeypatch.setattr(StageProcess, "launch", lambda _process: None)

    app = build_app(Settings(http="127.0.0.1:0"), ["labels"], build_stages=dict)

    assert app.endpoints is not None
    answers = app.endpoints.by_path()
    assert set(answers) == {"/metrics", "/livez", "/readyz"}
    metrics = answers["/metrics"]("").body
    assert re.search(rb'^wireroom_articles_total{stage="labels",outcome="done"} 0$', metrics, re.MULTILINE)
    assert b'stage="cleanup"' not in metrics
    assert (answers["/livez"]("").status, answers["/readyz"]("").status) == (200, 503)


def test_the_versions_of_the_models_are_those_of_the_provenance():
    versions = model_versions(build_enricher(tagger="rules", gazetteer=None, taxonomy=None, stages=STAGES))

    assert versions["tagger"].startswith(f"rules {streams.__version__}")
    assert versions["taxonomy"] == load_labeller(None).taxonomy_hash
    assert versions["labeller"]
    assert model_versions(UNLOADED) == {}
