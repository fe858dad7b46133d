"""The child processes of a worker start quickly: they do without the libraries of the worker."""

from __future__ import annotations

import subprocess
import sys

import pytest

from streams.children import load_stages
from streams.errors import UnknownVectors
from streams.events import EnrichedArticle, Fingerprint
from streams.settings import Settings
from streams.stories.fingerprint import ENCODED_VERSION, VERSION


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


def test_the_worker_itself_loads_no_models():
    program = "import sys, streams.app; print('numpy' in sys.modules)"

    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == "False"


def test_the_stage_of_labels_sends_the_vectors_of_the_setting():
    pytest.importorskip("onnxruntime")
    article = EnrichedArticle(text="The court ruled on the wall.", entities=[], labels=[], scores={})

    for name, version in (("compact", VERSION), ("accurate", ENCODED_VERSION)):
        stage = load_stages(Settings(story_vectors=name), ["labels"])["labels"]
        assert stage.beside is not None
        _, fingerprint = stage.beside(article, 0)
        assert isinstance(fingerprint, Fingerprint)
        assert fingerprint.version == version


def test_the_stage_of_labels_refuses_unknown_story_vectors():
    settings = Settings(story_vectors="precise")

    with pytest.raises(UnknownVectors, match="precise"):
        load_stages(settings, ["labels"])
    assert "cleanup" in load_stages(settings, ["cleanup"])
