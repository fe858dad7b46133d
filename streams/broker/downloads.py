"""Download Apache Kafka as a folder of jars: each jar is pinned, checked and fetched once.

`kafka-4.3.1.lock` lists the Maven coordinate, the sha256 and the size in bytes of every jar. jgo downloads
the jars and this module checks them, because jgo only warns about a wrong checksum and can leave half a file.
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
DEFAULT_CACHE = Path("~/.cache/wireroom")  # the default of the setting WIREROOM_DATA, which commands pass on
THREADS = 8
ATTEMPTS = 3
TIMEOUT_SECONDS = 20


@dataclass(frozen=True)
class Jar:
    """A pinned jar: its Maven coordinate (`group:artifact:version`), sha256 in hex, and size in bytes."""

    coordinate: str
    sha256: str
    size: int

    @property
    def name(self) -> str:
        """Return the name of the jar's file."""
        _, artifact, version = self.coordinate.split(":")
        return f"{artifact}-{version}.jar"

    def is_at(self, path: Path) -> bool:
        """Return True if the file at `path` is this jar, to the byte."""
        try:
            if path.stat().st_size != self.size:
                return False
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256
        except FileNotFoundError:
            return False


def pinned_jars() -> list[Jar]:
    """Return every jar of the broker, in the order of the class path."""
    lines = (resources.files(__package__) / f"kafka-{KAFKA}.lock").read_text().splitlines()
    return [Jar(coordinate, sha256, int(size)) for coordinate, sha256, size in map(str.split, lines)]


def fetch_jars(cache: Path, jars: Sequence[Jar]) -> list[Path]:
    """Return the paths of `jars` under `cache`; download those that are missing or damaged first.

    Progress goes to standard error. If several processes call this at once, one downloads and the others
    wait for it. Raises BrokerError if `cache` cannot be written or a jar cannot be downloaded.
    """
    folder = cache / f"kafka-{KAFKA}"
    try:
        if not _missing(folder, jars):
            return [folder / jar.name for jar in jars]
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if missing := _missing(folder, jars):
                _download(missing, folder)
    except OSError as error:
        raise BrokerError(
            f"cannot keep Kafka's jars in {folder}: {error.strerror or error}; "
            "set WIREROOM_DATA to a folder that you can write"
        ) from error
    return [folder / jar.name for jar in jars]


def _missing(folder: Path, jars: Sequence[Jar]) -> list[Jar]:
    with ThreadPoolExecutor(THREADS) as threads:
        present = threads.map(lambda jar: jar.is_at(folder / jar.name), jars)
        return [jar for jar, is_present in zip(jars, present, strict=True) if not is_present]


def _download(jars: Sequence[Jar], folder: Path) -> None:
    total = sum(jar.size for jar in jars)
    with (
        tempfile.TemporaryDirectory(dir=folder) as scratch,
        _progress(f"downloading Apache Kafka {KAFKA} (once, into {folder})", total) as advance,
        ThreadPoolExecutor(THREADS) as threads,
    ):
        # Largest first, so that no large jar starts last and keeps everyone waiting.
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
    """Download `jar` into `folder`, whole or not at all; call `advance` with the bytes as they arrive.

    Raises BrokerError after `ATTEMPTS` failures.
    """
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
                _trust_system_authorities()
            continue
        if jar.is_at(path):
            path.replace(folder / jar.name)
            return
        reason = "its sha256 is not the pinned one"
    raise BrokerError(
        f"cannot download {jar.coordinate}: {reason}; check the network and try again "
        "(finished downloads are kept)"
    )


def _trust_system_authorities() -> None:
    """Let requests trust the certificate authorities of this machine, unless a variable names others.

    The list of requests lacks the authorities that a firm adds to its machines. Every download is checked
    against its pinned sha256 in any case.
    """
    paths = ssl.get_default_verify_paths()
    authorities = paths.cafile or paths.capath
    if authorities and "CURL_CA_BUNDLE" not in os.environ:
        os.environ.setdefault("REQUESTS_CA_BUNDLE", authorities)


def not_installed() -> BrokerError:
    """Return the error for missing packages of the embedded broker."""
    return BrokerError("the embedded broker is not installed; install it: pip install 'wireroom[broker]'")


@contextmanager
def _progress(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show progress on standard error, and yield a function that adds a number of bytes to it.

    Show a bar in a terminal, and otherwise a line for every fifth of `total` bytes.
    """
    console = Console(stderr=True)
    if console.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console) as bar:
            task = bar.add_task(title, total=total)
            yield lambda size: bar.advance(task, size)
        return

    done = 0
    lock = threading.Lock()

    def advance(size: int) -> None:
        nonlocal done
        with lock:
            before, done = done, done + size
            if done * 5 // total > before * 5 // total:
                console.print(f"{done / 1e6:.0f} of {total / 1e6:.0f} MB", highlight=False)

    console.print(title, highlight=False, soft_wrap=True)
    yield advance
