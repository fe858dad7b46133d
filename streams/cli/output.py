"""Results on standard output, and a console on standard error for everything else."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import click
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Table


class Page:
    """Prints to standard output what rich renders, in colour on a terminal unless NO_COLOR is set.

    When the reader of a pipe has gone, printing raises BrokenPipeError as any other output does.
    """

    def __init__(self) -> None:
        self.console = Console(highlight=False)

    def show(self, block: RenderableType) -> None:
        """Print `block` and flush, so that a pipe gets each block at once."""
        with self.console.capture() as captured:
            self.console.print(block)
        lines = captured.get().split("\n")  # rich pads lines to the width
        click.echo("\n".join(line.rstrip(" ") for line in lines), nl=False, color=True)


def error_console() -> Console:
    """Return a console on standard error."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def echo_table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], *, right: Collection[str] = ()
) -> None:
    """Print a line for each row, in which no cell is ever cut or wrapped, because people copy from it.

    The columns whose headings are in `right` have their cells on the right.
    """
    widths = [max(map(cell_len, column)) for column in zip(headings, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        padded = []
        for heading, cell, width in zip(headings, cells, widths, strict=True):
            padding = " " * (width - cell_len(cell))
            padded.append(padding + cell if heading in right else cell + padding)
        return "  ".join(padded).rstrip(" ")

    click.echo(click.style(line(headings), bold=True))
    for row in rows:
        click.echo(line(row))


def plain_table() -> Table:
    """Return a table without lines, whose first column starts at the left margin."""
    return Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
