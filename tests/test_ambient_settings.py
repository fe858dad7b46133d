"""The settings that a test does not set itself lead to no broker, so that no test passes by reading them."""

from __future__ import annotations

from streams.kafka.connection import Connection
from streams.settings import Settings


def test_the_settings_of_a_test_that_sets_nothing_reach_no_broker():
    connection = Connection.from_settings(Settings())

    assert connection.bootstrap == "127.0.0.1:9"
    assert (connection.security_protocol, connection.sasl_username) == ("SASL_SSL", "ambient")


def test_the_variables_of_the_shell_do_not_reach_a_test():
    assert Settings().taxonomy is None
    assert Settings().tagger == "compact"
    assert Settings().labeller == "compact"
