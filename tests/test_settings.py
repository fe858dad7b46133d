"""The settings of a process: what they reject, what they default to, and what they never show."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from streams.kafka.connection import Connection
from streams.settings import Settings

pytestmark = pytest.mark.usefixtures("no_settings")

SECRET = "correct horse"  # noqa: S105 - nobody's


def test_an_error_in_the_settings_does_not_show_the_password():
    with pytest.raises(ValidationError) as error:
        Settings(security_protocol="SASL_SSL", sasl_password=SECRET)

    assert "needs WIREROOM_SASL_USERNAME" in str(error.value)
    assert SECRET not in str(error.value)


def test_plaintext_is_used_when_asked_for_whatever_else_is_set():
    settings = Settings(security_protocol="PLAINTEXT", sasl_username="wire", sasl_password=SECRET)

    connection = Connection.from_settings(settings)

    assert not connection.uses_sasl
    assert not connection.uses_tls


def test_a_line_of_the_env_file_that_is_not_a_setting_is_ignored_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    (tmp_path / ".env").write_text("not a setting\nWIREROOM_GROUP=desk\n")

    settings = Settings()

    assert settings.group == "desk"
    assert caplog.messages == [".env line 1 is not NAME=VALUE; the line is ignored"]


def test_an_event_may_be_three_times_as_large_as_its_article():
    assert Settings(max_article_bytes=2_000).max_event_bytes == 6_000


def test_every_topic_is_under_the_prefix():
    assert Settings(topic_prefix="desk").topics.raw == "desk.raw"


@pytest.mark.parametrize("prefix", ["", "the news", "news/eu", "nachrichten-für", "n" * 151])
def test_a_prefix_that_kafka_refuses_in_the_name_of_a_topic_is_refused(prefix):
    with pytest.raises(ValidationError, match="topic_prefix"):
        Settings(topic_prefix=prefix)


@pytest.mark.parametrize(("value", "address"), [(None, None), ("", None), ("[::1]:9464", ("::1", 9464))])
def test_a_worker_has_an_http_port_if_it_is_given_one(monkeypatch, value, address):
    if value is not None:
        monkeypatch.setenv("WIREROOM_HTTP", value)

    assert Settings().http_address == address
