"""Articles that a command reads: one line for each problem, and the rest is read."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from streams.cli.input import Reading
from streams.errors import SourceError


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


def reading(out: io.StringIO, *paths: Path, publisher: str | None = None) -> Reading:
    return Reading(paths, Console(file=out, width=40), max_article_bytes=10_000, publisher=publisher)


def test_a_missing_file_is_one_line_and_the_others_are_read(tmp_path, out):
    (tmp_path / "a.txt").write_text("Rates rise.")
    articles = reading(out, tmp_path / "missing.txt", tmp_path / "a.txt", publisher="Courier")

    read = [(sourced.article.body, sourced.article.publisher) for sourced in articles]

    assert read == [("Rates rise.", "Courier")]
    assert articles.problems == 1
    assert out.getvalue().startswith("wireroom: ")
    assert out.getvalue().count("\n") == 1


def test_a_remark_is_one_line_and_not_a_problem(out):
    articles = reading(out)

    articles.note("two\n  lines [bold]of text[/bold]")

    assert out.getvalue() == "wireroom: two lines [bold]of text[/bold]\n"
    assert articles.problems == 0


def test_every_problem_is_counted(out):
    articles = reading(out)

    articles.report(SourceError("a.txt: is empty"))
    articles.report(SourceError("b.txt: is empty"))

    assert articles.problems == 2
    assert out.getvalue() == "wireroom: a.txt: is empty\nwireroom: b.txt: is empty\n"
