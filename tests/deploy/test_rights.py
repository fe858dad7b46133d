"""The rights of the users in deploy/strimzi suffice, on a broker that refuses everything else."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourceType,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from streams.broker import EmbeddedBroker
from streams.broker.ports import free_port
from streams.broker.quorum import Quorum
from streams.kafka.admin import administer
from streams.kafka.connection import Connection
from tests.broker.wire import Wire, Worker, wait_until, wireroom
from tests.deploy.places import STRIMZI, read_documents

pytestmark = [pytest.mark.broker, pytest.mark.timeout(300)]

PASSWORD = "correct horse"  # noqa: S105 - of a broker that ends with the tests
USERS = {user["metadata"]["name"]: user for user in read_documents(STRIMZI / "users.yaml")}
KINDS = {
    "topic": ResourceType.TOPIC,
    "group": ResourceType.GROUP,
    "cluster": ResourceType.CLUSTER,
    "transactionalId": ResourceType.TRANSACTIONAL_ID,
}
PATTERNS = {"literal": ACLResourcePatternType.LITERAL, "prefix": ACLResourcePatternType.PREFIXED}
CLUSTER = "kafka-cluster"  # what Kafka calls the one resource of this kind


def acls(user: dict[str, Any]) -> list[ACL]:
    """Return what Strimzi's operator tells Kafka about `user`."""
    return [
        ACL(
            f"User:{user['metadata']['name']}",
            "*",
            ACLOperation[kafka_name(operation)],
            ACLPermissionType.ALLOW,
            ResourcePattern(
                KINDS[rule["resource"]["type"]],
                rule["resource"].get("name", CLUSTER),
                PATTERNS[rule["resource"].get("patternType", "literal")],
            ),
        )
        for rule in user["spec"]["authorization"]["acls"]
        for operation in rule["operations"]
    ]


def kafka_name(operation: str) -> str:
    """Return the name of "DescribeConfigs" in Kafka's protocol, DESCRIBE_CONFIGS."""
    return "".join(f"_{letter}" if letter.isupper() else letter for letter in operation).strip("_").upper()


@dataclass(frozen=True)
class Guarded:
    """A broker where each user may do what its rights say."""

    port: int

    def environment(self, user: str) -> dict[str, str]:
        return {
            **Wire(f"localhost:{self.port}", prefix="news", group="wireroom").environment,
            "WIREROOM_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
            "WIREROOM_SASL_MECHANISM": "SCRAM-SHA-512",
            "WIREROOM_SASL_USERNAME": user,
            "WIREROOM_SASL_PASSWORD": PASSWORD,
            "WIREROOM_PARTITIONS": "2",
        }

    def run(self, user: str, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run `wireroom` as `user`."""
        return subprocess.run(
            [wireroom(), *arguments],
            env=self.environment(user),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("guarded")
    port, users, quorum = free_port(), free_port(), Quorum.of(1)
    listeners = f"PLAINTEXT://127.0.0.1:{port},USERS://localhost:{users}"
    overrides = {
        "listeners": f"{listeners},CONTROLLER://127.0.0.1:{quorum.ports[0]}",
        "advertised.listeners": listeners,
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,USERS:SASL_PLAINTEXT",
        "inter.broker.listener.name": "PLAINTEXT",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.users.scram-sha-512.sasl.jaas.config": (
            "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        ),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",  # the broker itself, and the fixture
    }
    with EmbeddedBroker(folder, port, quorum=quorum, overrides=overrides) as broker:
        with administer(Connection(broker.bootstrap)) as admin:
            for name, user in USERS.items():
                password = UserScramCredentialUpsertion(name, ScramMechanism.SCRAM_SHA_512, PASSWORD)
                assert admin.alter_user_scram_credentials([password]) == {name: None}
                assert admin.create_acls(acls(user))["failed"] == []
        guarded = Guarded(users)
        wait_until(
            lambda: guarded.run("wireroom-topics", "topics", "create").returncode == 0, "the topics exist"
        )
        yield guarded


def test_workers_publishers_and_subscribers_may_do_their_work(guarded: Guarded, tmp_path: Path):
    text = "Ministers signed a climate treaty in Oslo on Monday, after talks between Norway and Chile."
    worker = Worker(guarded.environment("wireroom"), [], tmp_path / "worker.log")
    try:
        published = guarded.run("wireroom-publisher", "publish", "-", stdin=text)
        received = guarded.run(
            *("wireroom-subscriber", "subscribe", "--from", "beginning", "--max", "1", "--json")
        )

        assert published.returncode == 0, published.stderr
        assert received.returncode == 0, f"{received.stderr}\n{worker.tail()}"
        assert text in json.loads(received.stdout)["text"]
        for arguments in (["lag"], ["dead", "ls"], ["topics", "list"], ["relabel", "--from", "beginning"]):
            done = guarded.run("wireroom", *arguments)
            assert done.returncode == 0, f"{arguments}: {done.stderr}"
        examined = guarded.run("wireroom", "doctor", "--json")
        statuses = {json.loads(line)["status"] for line in examined.stdout.splitlines()}
        assert "skipped" not in statuses, examined.stdout
    finally:
        worker.end()
    assert "article buried" not in worker.log.read_text()


@pytest.mark.parametrize(
    ("user", "arguments"),
    [
        ("wireroom-subscriber", ["publish", "-"]),
        ("wireroom-publisher", ["subscribe", "--from", "beginning", "--max", "1"]),
        ("wireroom-publisher", ["topics", "create", "--label", "weather"]),
        ("wireroom", ["topics", "create", "--label", "weather"]),
    ],
)
def test_nobody_may_do_the_work_of_another(guarded: Guarded, user: str, arguments: list[str]):
    refused = guarded.run(user, *arguments, stdin="Rates rise.")

    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
