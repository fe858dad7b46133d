"""The command says what it needs."""

from __future__ import annotations

import sys

from click.testing import CliRunner

from streams.training.story_vectors.__main__ import main


def test_without_torch_the_command_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)

    result = CliRunner().invoke(main, [str(tmp_path), "--work", str(tmp_path / "work")])

    assert result.exit_code == 1
    assert "install Wireroom with the extra `train`" in result.output
    assert not (tmp_path / "work").exists()
