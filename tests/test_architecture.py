"""What the layout promises: imports point one way, the picture is whole, schemas are the models'."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from types import SimpleNamespace

import faust
import pytest

import streams
import streams.app
import streams.topology
from streams.enrich import STAGES, Enricher
from streams.events import EVENTS
from streams.schemas import FOLDER, schemas
from streams.settings import Settings
from streams.topics import Topics

ROOT = Path(streams.__file__).parents[1]
CLIENTS = {"faust", "mode", "aiokafka", "kafka", "confluent_kafka"}

# Module, and what it may not import: itself and all below it.
FORBIDDEN = [
    (
        "streams/enrich",
        CLIENTS | {"socket", "requests", "urllib.request", "streams.stage", "streams.topology"},
    ),
    ("streams/enrich/cleanup", {"streams.enrich.entities", "streams.enrich.labels"}),
    ("streams/enrich/labels", {"streams.enrich.cleanup", "streams.enrich.entities"}),
    ("streams/events.py", CLIENTS | {"streams.enrich", "streams.settings"}),
    ("streams/topics.py", CLIENTS | {"streams"}),
    ("streams/stage.py", CLIENTS | {"streams.worker.delivery", "streams.topology", "streams.app"}),
    ("streams/worker/delivery.py", {"streams.topology", "streams.app", "streams.enrich"}),
    ("streams/topology.py", {"streams.app", "kafka"}),
    ("streams/subscribers.py", {"faust", "mode", "aiokafka", "streams.enrich"}),
    ("producers", {"faust", "mode", "aiokafka", "streams.enrich", "streams.app", "streams.topology"}),
]


def imports_of(path: Path) -> set[str]:
    """Every module that PATH imports while it is loaded or later."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module}
    return names


@pytest.mark.parametrize(("part", "forbidden"), FORBIDDEN, ids=[part for part, _ in FORBIDDEN])
def test_imports_point_one_way(part: str, forbidden: set[str]) -> None:
    files = sorted((ROOT / part).rglob("*.py")) if (ROOT / part).is_dir() else [ROOT / part]

    found = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files
        for name in imports_of(path)
        for no in forbidden
        if name == no or name.startswith(f"{no}.")
    }

    assert not found
    assert files


def test_only_settings_reads_our_variables() -> None:
    readers = [
        path
        for package in ("streams", "producers")
        for path in sorted((ROOT / package).rglob("*.py"))
        if re.search(r"environ(\.get\(|\[)\s*[\"']WIREROOM", path.read_text(encoding="utf-8"))
    ]

    assert readers == []


def test_the_picture_of_the_topology_names_every_agent_and_topic() -> None:
    picture = (streams.topology.__doc__ or "").split("Each agent")[0]
    topics = Topics()
    named = {*topics.stages(), topics.dead, topics.label("<label>")}

    assert {topic for topic in named if topic not in picture} == set()
    assert [stage for stage in STAGES if f"[{stage}]" not in picture] == []


def test_each_stage_reads_what_the_one_before_it_writes() -> None:
    wire = Topics()
    laid = streams.topology.stages(Enricher(None, None, None), wire, 1000)

    assert tuple(stage.name for stage in laid) == STAGES
    assert [stage.reads for stage in laid] == list(EVENTS[:3])
    assert [stage.to(None)[0] for stage in laid[:2]] == [wire.clean, wire.tagged]


def test_an_iterator_of_stages_lays_an_agent_for_each_of_them() -> None:
    app = faust.App("iterator")

    streams.topology.build_topology(app, SimpleNamespace(max_bytes=1000), Topics(), reversed(STAGES))

    assert set(app.agents) == set(STAGES)


def test_an_app_built_from_an_iterator_of_stages_works_on_all_of_them(monkeypatch) -> None:
    monkeypatch.setattr(streams.app.StageProcess, "launch", lambda _process: None)

    app = streams.app.build_app(Settings(), reversed(STAGES), build_stages=dict)

    assert set(app.agents) == set(STAGES)


@pytest.mark.parametrize("name", list(schemas()))
def test_the_schema_files_are_those_of_the_models(name: str) -> None:
    committed = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))

    assert committed == schemas()[name], "run `python -m streams.schemas`"
    assert committed["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert committed["$id"].startswith("urn:wireroom:news.article.")
