"""A broker's folder serves one broker at a time, and tells if the last one crashed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from streams.broker.folder import CLEAN_SHUTDOWN, has_crashed, locked, write_properties
from streams.errors import BrokerError


@pytest.mark.parametrize(
    ("files", "crashed"),
    [((), False), (("meta.properties", CLEAN_SHUTDOWN), False), (("meta.properties",), True)],
)
def test_a_broker_that_did_not_stop_in_order_has_crashed(tmp_path, files, crashed):
    for name in files:
        (tmp_path / name).touch()

    assert has_crashed(tmp_path) is crashed


def test_a_locked_folder_cannot_be_locked_again_until_it_is_free(tmp_path):
    folder = tmp_path / "new" / "broker"
    with (
        locked(folder),
        pytest.raises(BrokerError, match=rf"another broker runs on {folder}: stop it"),
        locked(folder),
    ):
        pass

    with locked(folder):
        assert (folder / "lock").exists()


def test_a_process_that_inherits_the_lock_keeps_it(tmp_path):
    with locked(tmp_path) as lock:
        heir = subprocess.Popen(
            [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE, pass_fds=(lock,)
        )

    with pytest.raises(BrokerError, match="another broker runs"), locked(tmp_path):
        pass
    heir.communicate()
    with locked(tmp_path):
        pass


def test_an_error_while_the_folder_is_locked_frees_it_and_stays_itself(tmp_path):
    with pytest.raises(BlockingIOError, match="of something else"), locked(tmp_path):
        raise BlockingIOError("of something else")

    with locked(tmp_path):
        pass


def test_properties_are_written_one_a_line(tmp_path):
    write_properties(tmp_path / "server.properties", {"node.id": "1", "listeners": "PLAINTEXT://host:9092"})

    written = (tmp_path / "server.properties").read_text()
    assert written == "node.id=1\nlisteners=PLAINTEXT://host:9092\n"
