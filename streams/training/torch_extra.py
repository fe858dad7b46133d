"""Torch, which only the trainings need: it comes with the extra `train`."""

from __future__ import annotations

import click


def use_torch(threads: int) -> None:
    """Set the number of threads that torch uses. Raises ClickException if torch is not installed."""
    try:
        import torch
    except ModuleNotFoundError as error:
        raise click.ClickException(
            "torch is not installed; install Wireroom with the extra `train`"
        ) from error
    torch.set_num_threads(threads)
