"""Tables of plain lines on standard output, for commands that start fast: rich takes a tenth of a second."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import click
from rich.cells import cell_len


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
