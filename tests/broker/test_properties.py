"""When a development broker may be fenced: only where that helps."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.broker.properties import CLEAN, LONG_SESSION_MS, SHORT_SESSION_MS, broker_properties, crashed


@pytest.mark.parametrize(
    ("nodes", "controller_alone", "session"),
    [
        (1, False, LONG_SESSION_MS),
        (1, True, SHORT_SESSION_MS),  # a broker that crashed must be forgotten before it may start
        (3, False, SHORT_SESSION_MS),
    ],
)
def test_a_broker_alone_is_fenced_only_after_a_crash(
    tmp_path: Path, nodes: int, controller_alone: bool, session: int
) -> None:
    properties = broker_properties(
        node=1,
        port=9092,
        controllers=range(9093, 9093 + nodes),
        logs=tmp_path,
        controller_alone=controller_alone,
    )

    assert properties["broker.session.timeout.ms"] == str(session)
    assert ("9092" in properties["listeners"]) is not controller_alone


@pytest.mark.parametrize(
    ("files", "is_crashed"), [((), False), (("meta.properties", CLEAN), False), (("meta.properties",), True)]
)
def test_a_broker_that_did_not_stop_in_order_has_crashed(
    tmp_path: Path, files: tuple[str, ...], is_crashed: bool
) -> None:
    for name in files:
        (tmp_path / name).touch()

    assert crashed(tmp_path) is is_crashed
