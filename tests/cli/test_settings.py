"""Wrong settings are reported in one line before any connection, and the password is never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run

pytestmark = pytest.mark.usefixtures("no_settings")

SECRET = "correct horse"  # noqa: S105 - nobody's


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        (
            {"SECURITY_PROTOCOL": "SASL_SSL"},
            "WIREROOM_SECURITY_PROTOCOL=SASL_SSL needs WIREROOM_SASL_USERNAME and WIREROOM_SASL_PASSWORD",
        ),
        (
            {"SECURITY_PROTOCOL": "sasl_plaintext", "SASL_PASSWORD": SECRET},
            "WIREROOM_SECURITY_PROTOCOL=SASL_PLAINTEXT needs WIREROOM_SASL_USERNAME",
        ),
        (
            {"SASL_PASSWORD": SECRET, "SASL_USERNAME": "wire"},
            (
                "WIREROOM_SASL_PASSWORD has no effect without WIREROOM_SECURITY_PROTOCOL; "
                "set it to SSL, SASL_PLAINTEXT or SASL_SSL"
            ),
        ),
        (
            {"SECURITY_PROTOCOL": "SSL", "SSL_KEYFILE": "key.pem"},
            "WIREROOM_SSL_KEYFILE needs WIREROOM_SSL_CERTFILE",
        ),
        (
            {"SECURITY_PROTOCOL": "TLS", "SASL_PASSWORD": SECRET},
            "WIREROOM_SECURITY_PROTOCOL must be PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL, not 'TLS'",
        ),
        ({"BATCH_SIZE": "many"}, "WIREROOM_BATCH_SIZE must be a whole number, not 'many'"),
        ({"BATCH_SIZE": "1.5"}, "WIREROOM_BATCH_SIZE must be a whole number, not '1.5'"),
        ({"BATCH_SIZE": "0"}, "WIREROOM_BATCH_SIZE must be at least 1, not '0'"),
        ({"RETENTION_DAYS": "a week"}, "WIREROOM_RETENTION_DAYS must be a number, not 'a week'"),
        ({"RETENTION_DAYS": "0"}, "WIREROOM_RETENTION_DAYS must be more than 0, not '0'"),
        ({"RETENTION_DAYS": "inf"}, "WIREROOM_RETENTION_DAYS must be a finite number, not 'inf'"),
        ({"RETENTION_DAYS": "1e300"}, "WIREROOM_RETENTION_DAYS must be at most 1,000,000, not '1e300'"),
        ({"SSL_CHECK_HOSTNAME": "maybe"}, "WIREROOM_SSL_CHECK_HOSTNAME must be true or false, not 'maybe'"),
        (
            {"LOG_FORMAT": "xml"},
            "WIREROOM_LOG_FORMAT must be text, logfmt or json, not 'xml'",
        ),
        (
            {"SECURITY_PROTOCOL": "SSL", "SSL_CAFILE": "absent.pem"},
            "WIREROOM_SSL_CAFILE: absent.pem: No such file or directory",
        ),
        (
            {"SECURITY_PROTOCOL": "SSL", "SSL_CAFILE": "/dev/null"},
            "WIREROOM_SSL_CAFILE: /dev/null: must be a PEM file of certificates",
        ),
        (
            {"SECURITY_PROTOCOL": "SSL", "SSL_CERTFILE": "/dev/null"},
            (
                "WIREROOM_SSL_CERTFILE and WIREROOM_SSL_KEYFILE: /dev/null, the key in it: "
                "must be a PEM certificate and its key, not encrypted"
            ),
        ),
        (
            {"SECURITY_PROTOCOL": "SSL", "SSL_CERTFILE": "absent.pem"},
            (
                "WIREROOM_SSL_CERTFILE and WIREROOM_SSL_KEYFILE: absent.pem, the key in it: "
                "No such file or directory"
            ),
        ),
    ],
)
def test_a_wrong_setting_is_one_line(run: Run, variables: dict[str, str], problem: str):
    outcome = run("topics", "list", env={f"WIREROOM_{name}": value for name, value in variables.items()})

    assert (outcome.code, outcome.out, outcome.err) == (1, "", f"wireroom: {problem}\n")


def test_an_env_file_that_cannot_be_read_is_one_line(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def refuse(*_arguments: object, **_options: object) -> None:
        raise PermissionError(13, "Permission denied", ".env")

    (tmp_path / ".env").write_text("WIREROOM_GROUP=a")
    monkeypatch.setattr("dotenv.main.open", refuse, raising=False)

    outcome = run("health")

    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == "wireroom: .env cannot be read: Permission denied; make it readable\n"


@pytest.mark.parametrize("command", ["enrich a.txt", "labels explain a.txt", "labels ls"])
def test_a_command_reads_the_settings_once(
    run: Run, tmp_path: Path, caplog: pytest.LogCaptureFixture, command: str
):
    (tmp_path / "a.txt").write_text("The ferry sank on Monday, and everybody was saved by the coastguard.")
    (tmp_path / ".env").write_text("not a setting\n")

    outcome = run(*command.split())

    assert outcome.code == 0
    assert caplog.messages == [".env line 1 is not NAME=VALUE; the line is ignored"]
