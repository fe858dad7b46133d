"""When a development broker may be fenced: only where that helps."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.broker.properties import CLEAN, LONG_SESSION_MS, SHORT_SESSION_MS, broker_properties


@pytest.mark.parametrize(
    ("files", "nodes", "session"),
    [
        ((), 1, LONG_SESSION_MS),
        (("meta.properties", CLEAN), 1, LONG_SESSION_MS),
        (("meta.properties",), 1, SHORT_SESSION_MS),  # its former self must be forgotten before it may start
        ((), 3, SHORT_SESSION_MS),
    ],
)
def test_a_broker_alone_that_did_not_crash_is_not_fenced(
    tmp_path: Path, files: tuple[str, ...], nodes: int, session: int
) -> None:
    for name in files:
        (tmp_path / name).touch()

    properties = broker_properties(node=1, port=9092, controllers=range(9093, 9093 + nodes), logs=tmp_path)

    assert properties["broker.session.timeout.ms"] == str(session)
