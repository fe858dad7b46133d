"""Results on standard output, and a console on standard error for everything else."""

from __future__ import annotations

import click
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


def plain_table() -> Table:
    """Return a table without lines, whose first column starts at the left margin."""
    return Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
