"""One Kafka broker as a child process of this one."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from streams.broker.archive import StartArchive
from streams.broker.downloads import DEFAULT_CACHE, fetch_jars, pinned_jars
from streams.broker.fencing import fence_crashed
from streams.broker.folder import has_crashed, locked, write_properties
from streams.broker.formatting import format_logs
from streams.broker.java import CONTROLLER_LEVEL, java_command
from streams.broker.kafka_log import KafkaLog
from streams.broker.metadata import alive_nodes
from streams.broker.ports import check_port, free_port
from streams.broker.process import GuardedProcess
from streams.broker.properties import HOST, broker_properties
from streams.broker.quorum import Quorum
from streams.errors import BrokerError

READY_SECONDS = 90.0
POLL_SECONDS = 0.05
STOP_SECONDS = 20.0
RECORD_SECONDS = 600.0  # a recording runs at the lowest priority, and nobody waits for it
LOWEST_PRIORITY = 19
STOPPED_IN_ORDER = 128 + signal.SIGTERM


class EmbeddedBroker:
    """One Kafka broker that keeps its records in the folder `data`.

    Start it with `with` or `start()`. It ends when this process ends. A broker that starts again on the same
    folder has the topics, records and offsets of before.

    It listens on `port`, or else on a free port, which it keeps as long as this object lives. It keeps its
    downloads under `cache`. `overrides` are Kafka properties that replace ours or are added to them. With
    `records_archive` it runs at the lowest priority and records the start-up archive when it stops: see
    ArchiveRecorder.
    """

    def __init__(
        self,
        data: Path,
        port: int | None = None,
        *,
        cache: Path = DEFAULT_CACHE,
        overrides: Mapping[str, str] | None = None,
        node: int = 1,
        quorum: Quorum | None = None,
        records_archive: bool = False,
    ) -> None:
        self.data = data.expanduser().absolute()
        self.port = port or free_port()
        self.node = node
        self._cache = cache.expanduser().absolute()
        self._overrides = dict(overrides or {})
        self._quorum = quorum or Quorum.of(1)
        self._log = KafkaLog(self.data / "kafka.log")
        self._process: GuardedProcess | None = None
        self._records_archive = records_archive
        self._archive: StartArchive | None = None

    @property
    def bootstrap(self) -> str:
        """Return the address as `host:port`."""
        return f"{HOST}:{self.port}"

    @property
    def log(self) -> Path:
        """Return the path of the file to which Kafka writes warnings and errors."""
        return self._log.path

    @property
    def pid(self) -> int | None:
        """Return Kafka's process id, or None before the start and after the end."""
        return self._process.pid if self._process else None

    @property
    def running(self) -> bool:
        """Return True if the process is alive."""
        return self._process is not None and self._process.running

    @property
    def has_crashed(self) -> bool:
        """Return True if the broker is not running and its last run did not stop in order."""
        return not self.running and has_crashed(self.data / "logs")

    def start(self) -> Self:
        """Start, and return once the broker answers a metadata request.

        After a crash the controller starts alone first and fences the crashed broker: see fencing.py. For a
        node of several, `EmbeddedCluster.start` does that.

        Raises BrokerError if the folder cannot be written or is in use, the port is taken, the packages or
        the downloads are missing, or Kafka does not start.
        """
        alone = len(self._quorum.ports) == 1
        try:
            if alone and self.has_crashed:
                fence_crashed([self], lambda: self.says_fenced(self.node))
            self.launch()
            self.wait_ready()
        except BaseException:
            self.kill()
            raise
        return self

    def begin_stop(self) -> None:
        """Ask the broker to stop, and return without waiting for it."""
        if self._process:
            self._process.signal(signal.SIGTERM)

    def stop(self) -> None:
        """Stop in order, or kill the broker if that takes too long."""
        if self._process is None:
            return
        self.begin_stop()
        try:
            self._process.wait(RECORD_SECONDS if self._records_archive else STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.signal(signal.SIGKILL)
        self._collect()

    def kill(self) -> None:
        """End the broker as a crash would, with kill -9. `start()` brings it back."""
        if self._process:
            self._process.signal(signal.SIGKILL)
        self._collect()

    def abort(self) -> None:
        """Kill the broker and its watchdog; may be called while another thread starts or stops them."""
        if process := self._process:
            process.abort()  # Java records the archive in a child process, which ends too

    def wait(self) -> int:
        """Wait until the broker ends by itself, and return its exit status."""
        return self._process.wait() if self._process else 0

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def launch(self, *, controller_alone: bool = False) -> None:
        """Start without waiting for an answer: the nodes of a cluster need each other to give one.

        With `controller_alone` the node takes part in the quorum and serves no clients.
        """
        if self.running:
            return
        self._collect()
        self._log.mark_start()
        jars = fetch_jars(self._cache, pinned_jars())
        java, *arguments = java_command(jars)
        try:
            with locked(self.data) as lock:
                check_port(self.port)
                properties = self.data / "server.properties"
                write_properties(properties, self._properties(controller_alone))
                self._format([java, *arguments], jars[0].parent, properties)
                flags = self._start_flags([java, *arguments], jars, controller_alone)
                self._process = GuardedProcess(
                    [java, *flags, *arguments, "kafka.Kafka", str(properties)],
                    log=self.log,
                    lock=lock,
                    niceness=LOWEST_PRIORITY if self._records_archive else 0,
                )
        except OSError as error:
            raise BrokerError(
                f"cannot write to {self.data}: {error.strerror or error}; choose a folder that you can write"
            ) from error

    def _properties(self, controller_alone: bool) -> dict[str, str]:
        properties = broker_properties(
            node=self.node,
            port=self.port,
            controllers=self._quorum.ports,
            logs=self.data / "logs",
            controller_alone=controller_alone,
        )
        return {**properties, **self._overrides}

    def _format(self, java: Sequence[str], jars: Path, properties: Path) -> None:
        format_logs(
            self.data / "logs",
            node=self.node,
            cluster_id=self._quorum.cluster_id,
            features=jars / "bootstrap.checkpoint",
            tool=[*java, "kafka.tools.StorageTool", "format"],
            properties=properties,
        )

    def _start_flags(self, java: Sequence[str], jars: Sequence[Path], controller_alone: bool) -> list[str]:
        """Return the flags of this start: the controller's log level, or the start-up archive."""
        if controller_alone:
            return [f"-D{CONTROLLER_LEVEL}=info"]
        self._archive = StartArchive(jars[0].parent, java, [Path(java[0]), *jars])
        if not self._records_archive:
            return self._archive.flags()
        if flags := self._archive.record_flags():
            return flags
        raise BrokerError("the start-up archive exists already, or another process is recording it")

    def _collect(self) -> None:
        """Wait for the end of a process that has ended or was told to, and close what belongs to it."""
        status = self._process.close() if self._process else None
        if self._archive:
            self._archive.close(keep=status == STOPPED_IN_ORDER)
        self._process = self._archive = None

    def wait_ready(self) -> None:
        """Wait until the broker lists itself in its answer to a metadata request.

        Raises BrokerError if Kafka ends, or if it does not answer within `READY_SECONDS`.
        """
        deadline = time.monotonic() + READY_SECONDS
        while self.node not in self.members():
            if not self.running:
                raise BrokerError(f"Kafka did not start: {self.log_tail()}; see {self.log}")
            if time.monotonic() > deadline:
                raise BrokerError(
                    f"Kafka did not answer on {self.bootstrap} within {READY_SECONDS:.0f} s: "
                    f"{self.log_tail()}; see {self.log}"
                )
            time.sleep(POLL_SECONDS)

    def members(self) -> set[int]:
        """Return the nodes that this node considers alive and not fenced; an empty set if it cannot tell."""
        return alive_nodes(self.port)

    def says_fenced(self, node: int) -> bool:
        """Return True if the controller has fenced the broker of `node` since the launch."""
        return self._log.says_fenced(node)

    def log_tail(self) -> str:
        """Return the last messages of Kafka's log as one line."""
        return self._log.tail()
