"""Blocks on standard output, and a console on standard error for all that is no data."""

from __future__ import annotations

import click
from rich.console import Console, RenderableType


class Page:
    """Prints what rich renders to standard output.

    Colours on a terminal only, never with NO_COLOR; a reader that went away ends the command as any other
    output does.
    """

    def __init__(self) -> None:
        self.console = Console(highlight=False)

    def show(self, block: RenderableType) -> None:
        """Print BLOCK and flush, so that a pipe gets each block as it comes."""
        with self.console.capture() as captured:
            self.console.print(block)
        lines = captured.get().split("\n")  # rich fills lines up to the width
        click.echo("\n".join(line.rstrip(" ") for line in lines), nl=False, color=True)


def remarks() -> Console:
    """Standard error."""
    return Console(stderr=True, highlight=False, soft_wrap=True)
