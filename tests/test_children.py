"""The child processes of a worker start quickly: they do without the libraries of the worker."""

from __future__ import annotations

import subprocess
import sys

import pytest

from streams.children import load_stages
from streams.errors import UnknownVectors
from streams.settings import Settings


@pytest.mark.parametrize(
    ("modules", "unwanted"),
    [
        ("streams.children, streams.worker.stage_process", "faust mode aiohttp aiokafka kafka"),
        (
            "streams.children, streams.worker.state_process, streams.kafka.history",
            "faust mode aiohttp aiokafka",
        ),
    ],
    ids=["stages", "states"],
)
def test_a_child_does_without_faust(modules, unwanted):
    program = f"import sys, {modules}; print(sorted(set(sys.modules) & set('{unwanted}'.split())))"

    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == "[]"


def test_the_stage_of_labels_refuses_unknown_story_vectors():
    settings = Settings(story_vectors="precise")

    with pytest.raises(UnknownVectors, match="precise"):
        load_stages(settings, ["labels"])
    assert "cleanup" in load_stages(settings, ["cleanup"])
