"""Scrapes the metrics of a worker as Prometheus does."""

from __future__ import annotations

import http.client
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from streams.host_port import parse_address

FORMS = ("", "application/openmetrics-text; version=1.0.0")
TIMES = 100


class Page(NamedTuple):
    """What a scrape costs."""

    size: int  # bytes
    seconds: float  # until it was read; the median of many
    cpu: float  # seconds of the worker


def free_address() -> str:
    """Return an address of this machine with a port that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def scrape(address: str, accept: str = "") -> bytes:
    """Return the metrics at `address`."""
    connection = http.client.HTTPConnection(*parse_address(address), timeout=30)
    try:
        connection.request("GET", "/metrics", headers={"Accept": accept})
        return connection.getresponse().read()
    finally:
        connection.close()


@contextmanager
def scraping(address: str, *, every: float) -> Iterator[None]:
    """Scrape `address` with exemplars, once in `every` seconds."""
    over = threading.Event()

    def run() -> None:
        while not over.wait(every):
            scrape(address, FORMS[-1])

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def scrape_often(address: str, accept: str, cpu: Callable[[], float]) -> Page:
    """Return what a scrape costs an idle worker, whose CPU time `cpu` tells."""
    idle = _cpu_per_second(cpu)
    took: list[float] = []
    before, began = cpu(), time.monotonic()
    for _ in range(TIMES):
        asked = time.monotonic()
        size = len(scrape(address, accept))
        took.append(time.monotonic() - asked)
    spent = cpu() - before - idle * (time.monotonic() - began)
    return Page(size, statistics.median(took), max(0.0, spent) / TIMES)


def _cpu_per_second(cpu: Callable[[], float]) -> float:
    """Return the CPU seconds that the worker uses in a second while nobody asks."""
    before, began = cpu(), time.monotonic()
    time.sleep(3)
    return (cpu() - before) / (time.monotonic() - began)
