"""A training without torch says what to install, before it does anything else."""

from __future__ import annotations

import sys

import pytest
from click.testing import CliRunner

pytest.importorskip("onnx")

from streams.training.story_encoder import __main__ as story_encoder
from streams.training.story_vectors import __main__ as story_vectors


@pytest.mark.parametrize("command", [story_encoder.main, story_vectors.main], ids=["encoder", "vectors"])
def test_without_torch_the_command_says_what_to_install(command, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)

    result = CliRunner().invoke(command, [str(tmp_path), "--work", str(tmp_path / "work")])

    assert result.exit_code == 1
    assert "install Wireroom with the extra `train`" in result.output
    assert not (tmp_path / "work").exists()
