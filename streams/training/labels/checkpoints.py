"""What a training keeps after each epoch, so that it can continue after an interruption."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn


class OtherTraining(Exception):
    """The checkpoint comes from another training."""


@dataclass(frozen=True)
class Setup:
    """What makes a training: with the same setup it ends with the same weights."""

    seed: int
    epochs: int
    texts: str


def save_checkpoint(
    path: Path, setup: Setup, epochs: int, model: nn.Module, optimiser: torch.optim.Optimizer
) -> None:
    """Write the state after so many epochs; an interruption leaves the file before it."""
    part = path.with_suffix(".part")
    state: dict[str, Any] = {
        "setup": vars(setup),
        "epochs": epochs,
        "model": model.state_dict(),
        "optimiser": optimiser.state_dict(),
    }
    torch.save(state, part)
    part.replace(path)


def load_checkpoint(path: Path, setup: Setup, model: nn.Module, optimiser: torch.optim.Optimizer) -> int:
    """Load the checkpoint if it exists, and return the number of epochs that are done.

    Raises OtherTraining if it comes from another setup.
    """
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True)
    if state["setup"] != vars(setup):
        changed = [name for name, value in vars(setup).items() if state["setup"].get(name) != value]
        raise OtherTraining(
            f"{path} comes from a training with other {' and '.join(changed)}; delete it to start again, "
            "or name another folder with --work"
        )
    model.load_state_dict(state["model"])
    optimiser.load_state_dict(state["optimiser"])
    epochs: int = state["epochs"]
    return epochs
