"""TLS and SASL on a broker that requires them: the whole wire works, and a refusal is one line."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives import serialization
from kafka import KafkaProducer
from kafka.admin import ScramMechanism, UserScramCredentialUpsertion

from streams.app import faust_credentials
from streams.broker import EmbeddedBroker
from streams.broker.ports import free_port
from streams.broker.quorum import Quorum
from streams.cli import main
from streams.kafka.admin import administer
from streams.kafka.connection import Connection, connect
from streams.kafka.transactions import TransactionClient
from streams.settings import Settings
from tests.broker.wire import Wire, wait_until, wireroom

pytestmark = [pytest.mark.broker, pytest.mark.timeout(240)]

PASSWORD = "correct horse"  # noqa: S105 - of a broker that ends with the tests
WRONG = "wrong battery"
PATIENCE = 120.0
PROTOCOLS = {"USERS": "SASL_PLAINTEXT", "TLS": "SSL", "MUTUAL": "SSL", "BOTH": "SASL_SSL"}
LOGIN = "org.apache.kafka.common.security"


@dataclass(frozen=True)
class Secured:
    """A broker with a listener for each way to connect; `localhost` is the only name in its certificate."""

    plain: str
    ports: dict[str, int]
    folder: Path  # ca.pem, other.pem, client.pem

    def wire(self, listener: str = "BOTH", host: str = "localhost", prefix: str = "secured") -> Wire:
        return Wire(f"{host}:{self.ports[listener]}", prefix, prefix)

    def variables(self, listener: str = "BOTH", **others: str) -> dict[str, str]:
        """Return the settings for a client of `listener`, with `others`."""
        protocol = PROTOCOLS[listener]
        variables = {"security_protocol": protocol}
        if protocol.startswith("SASL"):
            variables |= {"sasl_username": "wire", "sasl_password": PASSWORD}
        if protocol.endswith("SSL"):
            variables["ssl_cafile"] = str(self.folder / "ca.pem")
        if listener == "MUTUAL":
            variables["ssl_certfile"] = str(self.folder / "client.pem")
        variables |= others
        return {f"WIREROOM_{name.upper()}": value for name, value in variables.items()}

    def run(self, *arguments: str, listener: str = "BOTH", host: str = "localhost", **others: str) -> Result:
        environment = {**self.wire(listener, host).environment, **self.variables(listener, **others)}
        return CliRunner().invoke(main, arguments, env=environment, input="Rates rise.")


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("secured")
    _write_certificates(folder)
    ports = {name: free_port() for name in PROTOCOLS}
    port, quorum = free_port(), Quorum.of(1)
    listeners = f"PLAINTEXT://127.0.0.1:{port}," + ",".join(
        f"{name}://localhost:{at}" for name, at in ports.items()
    )
    kinds = {"PLAINTEXT": "PLAINTEXT", "CONTROLLER": "PLAINTEXT", **PROTOCOLS}
    overrides = {
        "listeners": f"{listeners},CONTROLLER://127.0.0.1:{quorum.ports[0]}",
        "advertised.listeners": listeners,
        "listener.security.protocol.map": ",".join(f"{name}:{kind}" for name, kind in kinds.items()),
        "inter.broker.listener.name": "PLAINTEXT",
        "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(folder / "broker.pem"),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(folder / "ca.pem"),
        "listener.name.mutual.ssl.client.auth": "required",
    }
    for listener in ("users", "both"):
        sasl = f"listener.name.{listener}"
        overrides[f"{sasl}.plain.sasl.jaas.config"] = (
            f'{LOGIN}.plain.PlainLoginModule required user_wire="{PASSWORD}";'
        )
        overrides[f"{sasl}.scram-sha-512.sasl.jaas.config"] = f"{LOGIN}.scram.ScramLoginModule required;"
    with EmbeddedBroker(folder / "broker", port, quorum=quorum, overrides=overrides) as broker:
        with administer(Connection(broker.bootstrap)) as admin:
            user = UserScramCredentialUpsertion("wire", ScramMechanism.SCRAM_SHA_512, PASSWORD)
            assert admin.alter_user_scram_credentials([user]) == {"wire": None}
        yield Secured(broker.bootstrap, ports, folder)


def _write_certificates(folder: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    trustme.CA().cert_pem.write_to_path(str(folder / "other.pem"))
    for name, certificate in (
        ("broker.pem", authority.issue_cert("localhost")),
        ("client.pem", authority.issue_cert("worker@example.org")),
    ):
        key = serialization.load_pem_private_key(certificate.private_key_pem.bytes(), None)
        pkcs8 = key.private_bytes(  # the only kind that Kafka reads
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        chain = b"".join(pem.bytes() for pem in certificate.cert_chain_pems)
        (folder / name).write_bytes(pkcs8 + chain)


@contextlib.contextmanager
def working(environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker at log level DEBUG; stop it in order, or by force after a failure."""
    with log.open("wb") as output:
        command = [wireroom(), "worker", "--log-level", "DEBUG"]
        worker = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        yield worker
        worker.terminate()
        assert worker.wait(PATIENCE) == 0, log.read_text()[-2000:]
    finally:
        worker.kill()
        worker.wait()


def test_the_whole_wire_passes_over_tls_for_a_user_with_the_password(secured, tmp_path):
    wire, topics = secured.wire(), secured.wire().topics
    scram = {"sasl_mechanism": "SCRAM-SHA-512"}
    environment = {**wire.environment, **secured.variables()}  # PLAIN: the password itself is sent
    settings = Settings(
        broker=wire.bootstrap,
        security_protocol="SASL_SSL",
        sasl_username="wire",
        sasl_password=PASSWORD,
        ssl_cafile=secured.folder / "ca.pem",
    )

    created = secured.run("topics", "create", **scram)
    published = secured.run("publish", "-", **scram)
    with contextlib.closing(connect(Connection.from_settings(settings), KafkaProducer)) as producer:
        producer.send(topics.raw, b"\xff", key=b"no text").get(30)
    with working(environment, log := tmp_path / "worker.log"):
        read = secured.run(
            "subscribe", "--from", "beginning", "--max", "1", "--idle", str(PATIENCE), "--json", **scram
        )
        heaps = wait_until(
            lambda: secured.run("dead", "ls", "--json", **scram).stdout, "the letter is buried", PATIENCE
        )
        replayed = secured.run("dead", "replay", "--max", "1", **scram)

    assert (created.exit_code, created.stderr) == (0, "")
    assert published.stdout == f"1 article acknowledged by {wire.bootstrap}\n"
    assert json.loads(read.stdout)["text"] == "Rates rise."
    assert json.loads(heaps.splitlines()[0])["reason"] == "UndecodableEvent"
    assert replayed.stdout == f"replayed 1 dead letter: 1 to {topics.raw}\n"
    assert PASSWORD not in log.read_text()


@pytest.mark.parametrize("listener", ["USERS", "BOTH"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
@pytest.mark.parametrize(
    "command",
    [
        ("topics", "create"),
        ("topics", "list"),
        ("publish", "-"),
        ("subscribe",),
        ("dead", "ls"),
        ("dead", "replay"),
    ],
    ids=" ".join,
)
def test_a_wrong_password_is_refused_in_one_line_that_does_not_repeat_it(
    secured, listener, mechanism, command
):
    result = secured.run(*command, listener=listener, sasl_password=WRONG, sasl_mechanism=mechanism)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"wireroom: localhost:{secured.ports[listener]} refuses user 'wire' over {PROTOCOLS[listener]} with "
        f"{mechanism}: check WIREROOM_SASL_USERNAME, WIREROOM_SASL_PASSWORD and WIREROOM_SASL_MECHANISM\n"
    )


def test_a_worker_with_a_wrong_password_ends_although_it_may_wait_for_its_topics(secured):
    environment = {**secured.wire().environment, **secured.variables(sasl_password=WRONG)}

    ended = subprocess.run(
        [wireroom(), "worker", "--wait", "3600", "--log-level", "DEBUG"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    lines = ended.stderr.splitlines()
    assert ended.returncode == 1
    assert lines[-1].startswith(f"wireroom: {secured.wire().bootstrap} refuses user 'wire' over SASL_SSL")
    assert "Traceback" not in ended.stderr
    assert WRONG not in ended.stderr


@pytest.mark.parametrize(
    ("listener", "variables", "problem"),
    [
        (
            "TLS",
            {"ssl_cafile": "other.pem"},
            "has a certificate that is not trusted (unable to get local issuer certificate)",
        ),
        (
            "TLS",
            {"security_protocol": "PLAINTEXT"},
            "does not speak PLAINTEXT but TLS: set WIREROOM_SECURITY_PR",
        ),
        (
            "TLS",
            {"security_protocol": "SASL_SSL", "sasl_username": "wire", "sasl_password": WRONG},
            "does not speak SASL_SSL: it asks for no user, so set WIREROOM_SECURITY_PROTOCOL to SSL",
        ),
        ("MUTUAL", {"ssl_certfile": ""}, "does not accept our certificate, or requires one, over SSL ("),
        (
            "USERS",
            {"security_protocol": "PLAINTEXT"},
            "hangs up on a client that speaks PLAINTEXT: if it asks for a user, set WIREROOM_SEC",
        ),
        (
            "USERS",
            {"sasl_mechanism": "SCRAM-SHA-256"},
            "does not accept users over SASL_PLAINTEXT with SCRAM-SHA-256: set WIREROOM_SASL_ME",
        ),
        (
            "USERS",
            {"security_protocol": "SASL_SSL"},
            "does not speak SASL_SSL: if it has no TLS, set WIREROOM_SEC",
        ),
        (
            "BOTH",
            {"security_protocol": "SSL"},
            "hangs up on a client that speaks SSL: if it asks for a user, set WIREROOM_SEC",
        ),
    ],
)
def test_a_setting_that_does_not_fit_the_broker_is_named_in_one_line(secured, listener, variables, problem):
    variables = {
        name: str(secured.folder / value) if value.endswith(".pem") else value
        for name, value in variables.items()
    }

    result = secured.run("topics", "list", listener=listener, **variables)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"wireroom: localhost:{secured.ports[listener]} {problem}")
    assert result.stderr.count("\n") == 1


def test_a_certificate_for_another_name_is_refused_unless_the_check_is_off(secured):
    by_address = {"listener": "TLS", "host": "127.0.0.1"}

    refused = secured.run("topics", "create", **by_address)
    let_in = secured.run("topics", "create", **by_address, ssl_check_hostname="false")

    assert refused.exit_code == 1
    assert "has a certificate for another name (IP address mismatch" in refused.stderr
    assert let_in.exit_code == 0, let_in.stderr


def test_a_client_with_its_own_certificate_is_accepted(secured):
    result = secured.run("topics", "create", listener="MUTUAL")

    assert result.exit_code == 0, result.stderr


def test_no_client_shows_its_password_when_it_is_printed():
    settings = Settings(security_protocol="SASL_SSL", sasl_username="wire", sasl_password=PASSWORD)
    connection = Connection.from_settings(settings)
    options = connection.client_options()

    shown = [settings, connection, options, TransactionClient(connection), faust_credentials(connection)]

    assert PASSWORD not in repr(shown)
    assert options["sasl_plain_password"] == PASSWORD
