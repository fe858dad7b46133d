"""Kafka's jars are fetched once, whole and as pinned, or not at all."""

from __future__ import annotations

import hashlib
import http.server
import multiprocessing
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import jgo.maven._core as jgo_core
import pytest
import trustme

from streams.broker.downloads import DEFAULT_CACHE, KAFKA, Jar, fetch_jars, pinned_jars
from streams.errors import BrokerError
from streams.settings import Settings


class Repository(http.server.ThreadingHTTPServer):
    """A Maven repository on this machine that serves `files` and counts the requests for each of them."""

    def __init__(self) -> None:
        self.files: dict[str, list[bytes]] = {}
        self.requests: Counter[str] = Counter()
        super().__init__(("127.0.0.1", 0), RepositoryHandler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def offer(self, name: str, *answers: bytes) -> Jar:
        """Offer a jar called `name`, which is pinned to the last of `answers`; serve the answers in turn."""
        self.files[f"{name}-1.jar"] = list(answers)
        return Jar(f"org.example:{name}:1", hashlib.sha256(answers[-1]).hexdigest(), len(answers[-1]))


class RepositoryHandler(http.server.BaseHTTPRequestHandler):
    server: Repository

    def do_GET(self) -> None:
        name = self.path.rsplit("/", 1)[-1]
        answers = self.server.files.get(name)
        if answers is None:
            self.send_error(404)
            return
        self.server.requests[name] += 1
        body = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    with Repository() as server:
        monkeypatch.setitem(jgo_core.DEFAULT_REMOTE_REPOS, "central", server.url)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def names(cache: Path) -> set[str]:
    return {path.name for path in (cache / f"kafka-{KAFKA}").iterdir()} - {"lock"}


def test_the_lock_file_pins_kafka_and_every_jar_that_it_needs():
    jars = pinned_jars()

    assert {f"kafka_2.13-{KAFKA}.jar", f"kafka-clients-{KAFKA}.jar"} <= {jar.name for jar in jars}
    assert len({jar.name for jar in jars}) == len(jars) == 46
    assert all(len(jar.sha256) == 64 and jar.size > 0 for jar in jars)


def test_missing_jars_are_downloaded_and_no_other_file_is_left_behind(repository, tmp_path, capsys):
    jars = [repository.offer("one", b"1" * 5000), repository.offer("two", b"2" * 7000)]

    paths = fetch_jars(tmp_path, jars)

    assert [path.read_bytes() for path in paths] == [b"1" * 5000, b"2" * 7000]
    assert names(tmp_path) == {"one-1.jar", "two-1.jar"}
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "downloading Apache Kafka" in printed.err


def test_a_jar_that_is_there_is_not_downloaded_again(repository, tmp_path, capsys):
    jars = [repository.offer("one", b"1" * 5000)]
    fetch_jars(tmp_path, jars)
    capsys.readouterr()

    fetch_jars(tmp_path, jars)

    assert repository.requests == {"one-1.jar": 1}
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("damage", [b"", b"1" * 4999, b"1" * 4999 + b"2", b"1" * 5001])
def test_a_damaged_jar_is_replaced_and_its_neighbours_are_kept(repository, tmp_path, damage):
    jars = [repository.offer("one", b"1" * 5000), repository.offer("two", b"2" * 7000)]
    damaged, _ = fetch_jars(tmp_path, jars)
    damaged.write_bytes(damage)

    fetch_jars(tmp_path, jars)

    assert damaged.read_bytes() == b"1" * 5000
    assert repository.requests == {"one-1.jar": 2, "two-1.jar": 1}


def test_a_damaged_download_is_tried_again(repository, tmp_path):
    jar = repository.offer("one", b"cut off", b"1" * 5000)

    (path,) = fetch_jars(tmp_path, [jar])

    assert path.read_bytes() == b"1" * 5000
    assert repository.requests == {"one-1.jar": 2}


def test_a_jar_that_is_never_the_pinned_one_is_refused_and_not_kept(repository, tmp_path):
    good, bad = repository.offer("good", b"1" * 5000), repository.offer("bad", b"2" * 5000)
    repository.files["bad-1.jar"] = [b"3" * 5000]

    with pytest.raises(BrokerError, match=r"org\.example:bad:1: its sha256 is not the pinned one"):
        fetch_jars(tmp_path, [good, bad])

    assert "bad-1.jar" not in names(tmp_path)


def test_the_error_names_a_jar_that_the_repository_does_not_have(repository, tmp_path):
    jar = repository.offer("one", b"1")
    del repository.files["one-1.jar"]

    with pytest.raises(BrokerError, match=r"cannot download org\.example:one:1: .*check the network"):
        fetch_jars(tmp_path, [jar])


def test_a_repository_is_trusted_if_this_machine_trusts_its_authority(repository, tmp_path, monkeypatch):
    jar = repository.offer("one", b"one")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    repository.socket = context.wrap_socket(repository.socket, server_side=True)
    monkeypatch.setitem(jgo_core.DEFAULT_REMOTE_REPOS, "central", repository.url.replace("http:", "https:"))
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, "")  # so that the test's changes are undone
        monkeypatch.delenv(name)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))

    fetch_jars(tmp_path, [jar])

    assert names(tmp_path) == {"one-1.jar"}


def test_without_a_network_the_error_says_so(repository, tmp_path):
    jar = repository.offer("one", b"1")
    repository.shutdown()
    repository.server_close()

    with pytest.raises(BrokerError, match=r"ConnectionError; check the network"):
        fetch_jars(tmp_path, [jar])


def test_the_error_names_a_cache_that_cannot_be_written(repository, tmp_path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(BrokerError, match=r"cannot keep Kafka's jars in .*/file/kafka.*WIREROOM_DATA"):
        fetch_jars(tmp_path / "file", [repository.offer("one", b"1")])


def test_processes_that_start_together_download_once(repository, tmp_path):
    jars = [repository.offer(f"jar{number}", b"%d" % number * 20_000) for number in range(5)]
    forks = [
        multiprocessing.get_context("fork").Process(target=fetch_jars, args=(tmp_path, jars))
        for _ in range(4)
    ]

    for fork in forks:
        fork.start()
    for fork in forks:
        fork.join(60)

    assert [fork.exitcode for fork in forks] == [0, 0, 0, 0]
    assert set(repository.requests.values()) == {1}


def test_the_default_cache_is_the_default_of_the_setting():
    assert Settings.model_fields["data"].default == DEFAULT_CACHE
