"""Settings that do not fit together are told in one line, before anything is connected; never a password."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from streams.settings import Settings
from tests.cli.conftest import Run

SECRET = "correct horse"  # noqa: S105 - of nobody


@pytest.mark.parametrize(
    ("variables", "said"),
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
                "WIREROOM_SASL_PASSWORD needs WIREROOM_SECURITY_PROTOCOL, "
                "which is SSL, SASL_PLAINTEXT or SASL_SSL"
            ),
        ),
        (
            {"SECURITY_PROTOCOL": "SSL", "SSL_KEYFILE": "key.pem"},
            "WIREROOM_SSL_KEYFILE needs WIREROOM_SSL_CERTFILE",
        ),
        (
            {"SECURITY_PROTOCOL": "TLS", "SASL_PASSWORD": SECRET},
            (
                "WIREROOM_SECURITY_PROTOCOL='TLS': "
                "Input should be 'PLAINTEXT', 'SSL', 'SASL_PLAINTEXT' or 'SASL_SSL'"
            ),
        ),
        (
            {"SECURITY_PROTOCOL": "SSL", "SSL_CAFILE": "absent.pem"},
            "WIREROOM_SSL_CAFILE: absent.pem: No such file or directory",
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
def test_what_is_missing_to_connect_is_said_in_one_line(
    run: Run, variables: dict[str, str], said: str
) -> None:
    outcome = run("topics", "list", env={f"WIREROOM_{name}": value for name, value in variables.items()})

    assert (outcome.code, outcome.out, outcome.err) == (1, "", f"wireroom: {said}\n")


def test_an_error_in_the_settings_does_not_show_the_password() -> None:
    with pytest.raises(ValidationError) as error:
        Settings(security_protocol="SASL_SSL", sasl_password=SECRET)

    assert "needs WIREROOM_SASL_USERNAME" in str(error.value)
    assert SECRET not in str(error.value)


def test_who_asks_for_plaintext_gets_it_whatever_else_is_set() -> None:
    settings = Settings(security_protocol="PLAINTEXT", sasl_username="wire", sasl_password=SECRET)

    assert not settings.uses_sasl
    assert not settings.uses_tls
