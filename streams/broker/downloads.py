"""Apache Kafka as a folder of jars: each one pinned, checked and fetched once.

`kafka-4.3.1.lock` names every jar: Maven coordinate, sha256 and size in bytes. jgo brings the bytes; that
they are the right ones is checked here: jgo only warns of a wrong checksum, and can leave half a file behind.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from streams.errors import BrokerError

KAFKA = "4.3.1"
THREADS = 8
ATTEMPTS = 3
TIMEOUT_SECONDS = 20


@dataclass(frozen=True)
class Jar:
    """One pinned jar: Maven coordinate (`group:artifact:version`), sha256 in hex, size in bytes."""

    coordinate: str
    sha256: str
    size: int

    @property
    def name(self) -> str:
        """The file's name."""
        _, artifact, version = self.coordinate.split(":")
        return f"{artifact}-{version}.jar"

    def is_at(self, path: Path) -> bool:
        """Whether PATH is this jar, to the byte."""
        try:
            if path.stat().st_size != self.size:
                return False
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256
        except FileNotFoundError:
            return False


def pinned_jars() -> list[Jar]:
    """Every jar of the broker, in class path order."""
    lines = (resources.files(__package__) / f"kafka-{KAFKA}.lock").read_text().splitlines()
    return [Jar(coordinate, sha256, int(size)) for coordinate, sha256, size in map(str.split, lines)]


def fetch_jars(cache: Path, jars: Sequence[Jar]) -> list[Path]:
    """JARS as files under CACHE; missing and damaged ones are downloaded first, with progress on stderr.

    Several processes may ask at once: one downloads, the others wait for it. Raises BrokerError when CACHE
    cannot be written or a jar cannot be had.
    """
    folder = cache / f"kafka-{KAFKA}"
    try:
        if not _wanting(folder, jars):
            return [folder / jar.name for jar in jars]
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if wanting := _wanting(folder, jars):
                _download(wanting, folder)
    except OSError as error:
        raise BrokerError(
            f"cannot keep Kafka's jars in {folder}: {error.strerror or error}; "
            "set WIREROOM_DATA to a folder that can be written"
        ) from error
    return [folder / jar.name for jar in jars]


def _wanting(folder: Path, jars: Sequence[Jar]) -> list[Jar]:
    with ThreadPoolExecutor(THREADS) as threads:
        present = threads.map(lambda jar: jar.is_at(folder / jar.name), jars)
        return [jar for jar, there in zip(jars, present, strict=True) if not there]


def _download(jars: Sequence[Jar], folder: Path) -> None:
    total = sum(jar.size for jar in jars)
    with (
        tempfile.TemporaryDirectory(dir=folder) as scratch,
        _progress(f"downloading Apache Kafka {KAFKA} (once, into {folder})", total) as advance,
        ThreadPoolExecutor(THREADS) as threads,
    ):
        # Largest first: the last to finish is then a small one.
        largest_first = sorted(jars, key=lambda jar: -jar.size)
        try:
            for fetch in as_completed(
                [threads.submit(_fetch, jar, Path(scratch), folder, advance) for jar in largest_first]
            ):
                fetch.result()
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            raise


def _fetch(jar: Jar, scratch: Path, folder: Path, advance: Callable[[int], None]) -> None:
    """Put JAR into FOLDER, all of it or nothing; ADVANCE hears of the bytes as they arrive."""
    try:
        import requests
        from jgo.maven import MavenContext, PythonResolver
    except ImportError as error:
        raise not_installed() from error

    reason = ""
    resolver = PythonResolver(progress_callback=lambda name, size: nullcontext(advance))
    for attempt in range(ATTEMPTS):
        context = MavenContext(resolver, repo_cache=scratch / f"{attempt}", timeout=TIMEOUT_SECONDS)
        try:
            path = Path(resolver.download(context.create_dependency(jar.coordinate).artifact))
        except (requests.RequestException, RuntimeError) as error:
            reason = type(error).__name__
            if isinstance(error, requests.exceptions.SSLError):
                _trust_as_the_system_does()
            continue
        if jar.is_at(path):
            path.replace(folder / jar.name)
            return
        reason = "its sha256 is not the pinned one"
    raise BrokerError(
        f"cannot download {jar.coordinate}: {reason}; check the network and try again, "
        "what has arrived is kept"
    )


def _trust_as_the_system_does() -> None:
    """Let requests believe the authorities that this machine does, where no variable names others.

    Its own list lacks those that a firm adds; what comes is checked against its pinned sha256 in any case.
    """
    paths = ssl.get_default_verify_paths()
    authorities = paths.cafile or paths.capath
    if authorities and "CURL_CA_BUNDLE" not in os.environ:
        os.environ.setdefault("REQUESTS_CA_BUNDLE", authorities)


def not_installed() -> BrokerError:
    """What to say when the packages of the embedded broker are missing."""
    return BrokerError("the embedded broker is not installed: pip install 'wireroom[broker]'")


@contextmanager
def _progress(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar of bytes on a terminal, a line for every fifth otherwise; yields what advances it."""
    console = Console(stderr=True)
    if console.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console) as bar:
            task = bar.add_task(title, total=total)
            yield lambda size: bar.advance(task, size)
        return

    done = 0
    one_at_a_time = threading.Lock()

    def advance(size: int) -> None:
        nonlocal done
        with one_at_a_time:
            before, done = done, done + size
            if done * 5 // total > before * 5 // total:
                console.print(f"{done / 1e6:.0f} of {total / 1e6:.0f} MB", highlight=False)

    console.print(title, highlight=False, soft_wrap=True)
    yield advance
