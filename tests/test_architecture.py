"""The promises of the layout that `lint-imports` does not check: who reads variables, and what is shipped."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hatchling.builders.plugin.interface import BuilderInterface
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[1]

LARGE = 1_000_000
LARGE_FILES = {
    "streams/enrich/entities/models/accurate.onnx": "the model of WIREROOM_TAGGER=accurate",
    "streams/enrich/entities/models/compact.npz": "the model of WIREROOM_TAGGER=compact",
    "streams/enrich/entities/tables/cities.tsv": "the cities that entities are linked to",
    "streams/enrich/labels/models/accurate.onnx": "the model of WIREROOM_LABELLER=accurate",
    "streams/enrich/labels/models/compact.npz": "the model of WIREROOM_LABELLER=compact",
    "streams/enrich/vectors.npz": "the word vectors of the labels and of the teasers",
    "streams/stories/encoder.onnx": "the encoder of WIREROOM_STORY_VECTORS=accurate",
    "streams/stories/vectors.npz": "the word vectors of the stories",
}
"""The files above 1 MB that git may track, with their uses. Each new version of one stays in every clone."""


def test_only_the_settings_read_our_variables():
    readers = [
        path
        for package in ("streams", "producers")
        for path in sorted((ROOT / package).rglob("*.py"))
        if re.search(r"environ(\.get\(|\[)\s*[\"']WIREROOM", path.read_text(encoding="utf-8"))
    ]

    assert readers == []


def test_no_file_above_1_mb_is_tracked_but_the_models_of_a_release():
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("this is not a git checkout, so git tracks nothing")

    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    tracked = [path for path in listed.stdout.split("\0") if (ROOT / path).is_file()]

    assert {path for path in tracked if (ROOT / path).stat().st_size > LARGE} == set(LARGE_FILES)


def shipped_by(builder: BuilderInterface[Any, Any]) -> set[str]:
    """Return the paths of the files that `builder` packs; it need not compress them for that."""
    return {file.distribution_path for file in builder.recurse_included_files()}


def test_the_wheel_has_the_packages_the_models_and_the_seeds():
    wheel = shipped_by(WheelBuilder(str(ROOT)))

    assert {
        "producers/articles.py",
        "producers/py.typed",
        "streams/app.py",
        "streams/broker/kafka-4.3.1.lock",
        "streams/py.typed",
        "streams/schemas/EnrichedArticle.json",
        *LARGE_FILES,
    } <= wheel
    assert {f"streams/seeds/{path.name}" for path in (ROOT / "seeds").iterdir() if path.is_file()} <= wheel


def test_the_wheel_has_no_training_and_no_tests():
    wheel = shipped_by(WheelBuilder(str(ROOT)))

    assert [name for name in wheel if name.startswith(("streams/training/", "tests/"))] == []


def test_the_source_distribution_has_the_files_that_the_tests_read():
    files = shipped_by(SdistBuilder(str(ROOT)))

    assert {
        "CONTRIBUTING.md",
        "Dockerfile",
        "Makefile",
        "README.md",
        "docker-compose.yml",
        "docs/operations.md",
        "streams/training/teasers.py",
        "tests/conftest.py",
        "tests/engine/quick.yml",
    } <= files
