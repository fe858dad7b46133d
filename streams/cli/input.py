"""Articles that a command reads from files: the argument, the reader, and one line for each problem."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from producers.forms import FORMS
from producers.sources import ArticleReader, SourcedArticle, find_sources
from streams.errors import WireroomError

SUFFIXES = ", ".join(FORMS)
FOLDERS_EPILOG = f"In a folder, the files with these endings are read, compressed by gzip or not: {SUFFIXES}."


def paths_argument(*, required: bool) -> Callable[[Any], Any]:
    """Return the argument PATH...: files, folders, `-` for standard input."""
    return click.argument(
        "paths", metavar="PATH..." if required else "[PATH...]", nargs=-1, required=required, type=PathType()
    )


class PathType(click.Path):
    """A path that is opened when its turn comes, so that a missing file does not stop the others."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, allow_dash=True)


class Reading:
    """The articles in `paths`; each problem becomes a line on `console` and is counted."""

    def __init__(
        self,
        paths: tuple[Path, ...],
        console: Console,
        *,
        max_article_bytes: int,
        publisher: str | None = None,
    ) -> None:
        self.console = console
        self.problems = 0
        self.sources = find_sources(paths, self.report, self.note)
        self.reader = ArticleReader(
            self.report,
            self.note,
            max_article_bytes,
            publisher=publisher,
            standard_input=click.get_binary_stream("stdin"),
        )

    def __iter__(self) -> Iterator[SourcedArticle]:
        return self.reader.read(self.sources)

    def report(self, error: WireroomError) -> None:
        """Print a problem and count it; the command exits with 1 at the end."""
        self.problems += 1
        self.note(str(error))

    def note(self, remark: str) -> None:
        """Print `remark` on one line."""
        line = f"wireroom: {' '.join(remark.split())}"
        self.console.print(line, markup=False, highlight=False, soft_wrap=True)
