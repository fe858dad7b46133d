"""Segments that must and must not come out of web pages: `python -m tests.benchmarks.segments DATA`.

DATA/cleanup/segments_dev.jsonl.gz has a page a line: `html`, the segments `with` which its text must come
out, and those `without` which it must. F1 is over all segments, as in trafilatura's evaluation: a segment
that must come out and does is a true positive. Differences in white space do not count. The halves are split
by id, so that rules can be written from one and measured on the other.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click
import trafilatura

from streams.enrich.cleanup import Cleaner
from streams.errors import EmptyArticle
from streams.events import ContentType, RawArticle

Extractor = Callable[[str], str]
HALVES = ("a", "b")


class Marks(NamedTuple):
    """The segments that came out rightly and wrongly, and those that did not."""

    right: int
    wrong: int
    missing: int

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + self.missing)

    @property
    def f1(self) -> float:
        return 2 * self.right / max(1, 2 * self.right + self.wrong + self.missing)


@click.command()
@click.argument("data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--half", type=click.Choice(HALVES), help="Measure one half of the pages alone.")
@click.option("--errors", is_flag=True, help="Print the segments that our text has wrongly.")
def main(data: Path, half: str | None, errors: bool) -> None:
    """Print F1, precision and recall over the segments, and pages a second, by half and for all pages."""
    pages = [page for page in read_pages(data) if half in {None, half_of(page["id"])}]
    click.echo(f"{len(pages)} pages            F1    precision  recall  pages/s   F1 of the halves a and b")
    for name, extract in extractors().items():
        began = time.process_time()
        texts = [squeeze(extract(page["html"])) for page in pages]
        spent = time.process_time() - began
        marks = [mark(page, text) for page, text in zip(pages, texts, strict=True)]
        every = total(marks)
        halves = [
            total([found for page, found in zip(pages, marks, strict=True) if half_of(page["id"]) == letter])
            for letter in HALVES
        ]
        click.echo(
            f"  {name:16} {every.f1:8.4f} {every.precision:10.4f} {every.recall:8.4f}"
            f" {len(pages) / spent:8.1f}   " + " ".join(f"{part.f1:.4f}" for part in halves)
        )
        if errors and name == "wireroom":
            print_errors(pages, texts)


def read_pages(data: Path) -> list[dict[str, Any]]:
    """Return the pages with their segments."""
    with gzip.open(data / "cleanup" / "segments_dev.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def half_of(page_id: str) -> str:
    """Return the half that a page belongs to."""
    return HALVES[hashlib.sha256(page_id.encode()).digest()[0] % 2]


def extractors() -> dict[str, Extractor]:
    """Return the extractors by name, ours first."""
    cleaner = Cleaner()

    def our_text(html: str) -> str:
        try:
            return cleaner.clean(RawArticle(article_id="page", body=html, content_type=ContentType.HTML)).text
        except EmptyArticle:
            return ""

    return {
        "wireroom": our_text,
        "trafilatura": lambda html: trafilatura.extract(html, include_comments=False) or "",
        "trafilatura fast": lambda html: trafilatura.extract(html, fast=True, include_comments=False) or "",
    }


def mark(page: dict[str, Any], text: str) -> Marks:
    """Return the marks of one page's text, whose white space is squeezed."""
    found = sum(squeeze(segment) in text for segment in page["with"])
    wrong = sum(squeeze(segment) in text for segment in page["without"])
    return Marks(found, wrong, len(page["with"]) - found)


def total(marks: Sequence[Marks]) -> Marks:
    """Return the sum of the marks."""
    return Marks(*map(sum, zip(*marks, strict=True))) if marks else Marks(0, 0, 0)


def squeeze(text: str) -> str:
    """Return the text with single spaces between its words."""
    return " ".join(text.split())


def print_errors(pages: Sequence[dict[str, Any]], texts: Sequence[str]) -> None:
    """Print each page's segments that are missing from our text, and those that it should not have."""
    for page, text in zip(pages, texts, strict=True):
        missing = [segment for segment in page["with"] if squeeze(segment) not in text]
        wrong = [segment for segment in page["without"] if squeeze(segment) in text]
        if missing or wrong:
            click.echo(f"    {page['id']}  ({len(text.split())} words)")
        for sign, segments in (("-", missing), ("+", wrong)):
            for segment in segments:
                click.echo(f"      {sign} {segment}")


if __name__ == "__main__":
    main()
