"""A development broker is fenced only where another node can take over, or after a crash."""

from __future__ import annotations

import pytest

from streams.broker.properties import LONG_SESSION_MS, SHORT_SESSION_MS, broker_properties


@pytest.mark.parametrize(
    ("nodes", "controller_alone", "session"),
    [
        (1, False, LONG_SESSION_MS),
        (1, True, SHORT_SESSION_MS),  # a broker that crashed must be fenced before it starts
        (3, False, SHORT_SESSION_MS),
    ],
)
def test_a_broker_alone_is_fenced_only_after_a_crash(tmp_path, nodes, controller_alone, session):
    properties = broker_properties(
        node=1,
        port=9092,
        controllers=range(9093, 9093 + nodes),
        logs=tmp_path,
        controller_alone=controller_alone,
    )

    assert properties["broker.session.timeout.ms"] == str(session)
    assert ("9092" in properties["listeners"]) is not controller_alone
