"""The sizes in the manual follow from the measured figures beside them."""

from __future__ import annotations

import math
import re

import pytest

from tests.deploy.places import ROOT
from tests.docs.pages import section

TEXT = section(ROOT / "docs" / "operations.md", "## Size it")
ROWS = {
    cells[0]: cells[1:]
    for line in TEXT.splitlines()
    if line.startswith("| ")
    for cells in [[cell.strip() for cell in line.strip("|").split("|")]]
}
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
UNITS = {"KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "PB": 1e15}
ROUNDED = 0.15  # the table has one or two digits

DAY_SECONDS = 86_400
PEAK = 3
DAYS = 7
CORE_MILLISECONDS, PER_CORE = map(int, re.findall(r"(\d+) (?:ms|articles)", ROWS["CPU of a worker"][0]))
CORE_SECONDS = CORE_MILLISECONDS / 1000
ARTICLE_BYTES = 64e3
NOT_DELETED_YET = 4 / 3


def size(cell: str) -> float:
    """Return the bytes of "1.8 PB" or "64 KB/s"."""
    match = re.match(r"([\d.]+) ([KMGTP]B)", cell)
    assert match is not None, cell
    return float(match[1]) * UNITS[match[2]]


ARTICLES = [float("1e" + cell.removeprefix("10").translate(SUPERSCRIPTS)) for cell in ROWS["articles a day"]]
REPLICAS = [1, *[3] * (len(ARTICLES) - 1)]


@pytest.mark.parametrize("place", range(len(ARTICLES)))
def test_a_column_of_the_table_follows_from_its_articles(place: int):
    articles, replicas = ARTICLES[place], REPLICAS[place]
    peak = articles / DAY_SECONDS * PEAK
    kept = articles * ARTICLE_BYTES * DAYS * replicas * NOT_DELETED_YET

    expected = {
        "written a day": articles * ARTICLE_BYTES,
        "disk": kept,
        "the same with zstd": kept / 4,
        "into the brokers at the peak, with replicas": peak * ARTICLE_BYTES * replicas,
    }

    assert {name: size(ROWS[name][place]) for name in expected} == pytest.approx(expected, rel=ROUNDED)
    assert int(ROWS["workers at the peak"][place]) == math.ceil(peak * CORE_SECONDS)


def test_the_cpu_time_of_an_article_is_the_same_wherever_it_counts():
    per_second = round(1 / CORE_SECONDS)

    assert per_second == PER_CORE
    assert f"articles a second at the peak × {CORE_SECONDS:.3f}." in TEXT
    assert f"in order: {per_second} a second." in TEXT
    assert f"four partitions therefore does {4 * per_second} a second" in " ".join(TEXT.split())


def test_the_text_names_the_workers_of_the_table():
    workers = ROWS["workers at the peak"]

    assert f"`worker.replicas: {workers[3]}`" in TEXT
    assert f"With {workers[4]} workers" in TEXT


def test_an_article_is_the_sum_of_its_records():
    topics = ["`news.raw`", "`news.clean`", "`news.tagged`", "`news.enriched`"]
    stories = "`news.fingerprints` and `news.stories`"
    records = [size(ROWS[name][0]) for name in [*topics, stories]]

    labels = 1.7 * size(ROWS["`news.labels.<label>`"][0])

    assert sum(records) + labels == pytest.approx(ARTICLE_BYTES, rel=0.01)
