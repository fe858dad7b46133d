"""The student: the network of the compact tagger in torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from streams.enrich.entities.taggers.bioes import TAGS
from streams.enrich.entities.taggers.compact import WINDOWS
from streams.enrich.entities.taggers.features import CLASSES, ROWS, ClassIndex, VectorIndex, traits
from streams.training.entities.lists import NameClasses
from streams.training.entities.vectors import DIMENSIONS, Vectors

TRAITS = 96
"""Width of the trait embeddings."""

BELOW = TRAITS + DIMENSIONS + len(CLASSES)
"""Width of the first layer's input for a token."""

WIDTHS = (384, 176, 128)
"""Width of each window layer, from the bottom."""

VECTOR_SCALE = 4.0
"""Length of a word vector: about that of the sum of a form's trained traits."""

FORGOTTEN, DROPPED, NO_VECTOR = 0.3, 0.1, 0.05
"""Shares that are left out in training: of the forms' exact traits, of all traits, and of the vectors."""


class Student(nn.Module):
    """A network from forms to tag logits; it looks up each distinct form once a batch."""

    def __init__(self, vectors: Vectors, classes: NameClasses) -> None:
        super().__init__()
        self.classes = ClassIndex(*classes)
        self.index = VectorIndex(vectors.keys, vectors.rows)
        self.traits = nn.EmbeddingBag(ROWS, TRAITS, mode="sum", padding_idx=0, sparse=True)
        nn.init.normal_(self.traits.weight, std=0.01)  # a row that was never trained must add almost nothing
        # Frozen: training would move the vectors of seen words away from those of unseen words.
        self.vectors = nn.Embedding.from_pretrained(VECTOR_SCALE * torch.from_numpy(vectors.table))
        widths = (BELOW, *WIDTHS)
        self.windows = nn.ModuleList(
            nn.Linear(window * below, width)
            for window, below, width in zip(WINDOWS, widths[:-1], widths[1:], strict=True)
        )
        self.dropout = nn.Dropout(0.15)
        self.tags = nn.Linear(WIDTHS[-1], len(TAGS))
        self._known: dict[str, tuple[NDArray[np.int64], int, NDArray[np.float32]]] = {}

    def unpack(self, weights: Mapping[str, NDArray[Any]]) -> None:
        """Load the `weights` of a packed student of any widths.

        Additional units add nothing at first. If there are fewer units, keep those with the largest weights.
        """
        with torch.no_grad():
            self.traits.weight.copy_(dequantised(weights["trait_table"], weights["trait_scale"]))
            layers = [_unpacked(weights, at) for at in range(len(WINDOWS))]
            tags = torch.from_numpy(weights["weight3"].astype(np.float32).T.copy())
            seen = torch.arange(BELOW)
            for at, layer in enumerate(self.windows):
                above = layers[at + 1] if at + 1 < len(layers) else tags[:, None]
                kept = (layers[at].norm(dim=(1, 2)) * above.norm(dim=(0, 1))).topk(
                    min(len(layers[at]), len(layer.weight))
                )
                units = kept.indices.sort().values
                own = layer.weight.view(len(layer.weight), WINDOWS[at], -1)
                own[: len(units)] = 0.0  # the loaded units do not see additional units below
                own[: len(units), :, : len(seen)] = layers[at][units][:, :, seen]
                layer.bias[: len(units)] = torch.from_numpy(weights[f"bias{at}"].astype(np.float32))[units]
                seen = units
            self.tags.weight.zero_()
            self.tags.weight[:, : len(seen)] = tags[:, seen]
            self.tags.bias.copy_(torch.from_numpy(weights["bias3"].astype(np.float32)))

    def forward(self, forms: Sequence[str], kept: Tensor | None = None) -> Tensor:
        """Return the logits of every tag for all `forms` but REACH at each end, or for their rows `kept`."""
        first = self.dropout(self.first_layer(forms))
        second, third = WINDOWS[1:]
        if kept is None:
            kept = torch.arange(len(first) - second - third + 2)
        beside = kept[:, None] + torch.arange(third)
        rows, place = beside.unique(return_inverse=True)
        x = functional.embedding(rows[:, None] + torch.arange(second), first).flatten(1)
        x = self.dropout(functional.relu(self.windows[1](x)))
        x = functional.embedding(place, x).flatten(1)
        x = self.dropout(functional.relu(self.windows[2](x)))
        logits: Tensor = self.tags(x)
        return logits

    def first_layer(self, forms: Sequence[str]) -> Tensor:
        """Return the first layer's output, one row for each of `forms` but half a window at each end."""
        distinct = {form: at for at, form in enumerate(dict.fromkeys(forms))}
        places = torch.from_numpy(np.fromiter(map(distinct.__getitem__, forms), np.int64, len(forms)))
        below = self.dropout(self._look_up(list(distinct)))
        first = self.windows[0]
        window, width = WINDOWS[0], WIDTHS[0]
        weight = first.weight.view(width, window, -1).permute(1, 2, 0)
        share = torch.einsum("fd,wdh->wfh", below, weight)
        rows = len(forms) - window + 1
        x = first.bias + sum(functional.embedding(places[at : at + rows], share[at]) for at in range(window))
        return functional.relu(x)

    def _look_up(self, forms: list[str]) -> Tensor:
        """Return the input of the first layer, one row a form.

        In training leave out some exact traits, some other traits and some vectors.
        """
        new = [form for form in forms if form not in self._known]
        looked_up = zip(self.index.rows(new).tolist(), self.classes.flags(new), strict=True)
        for form, (row, flags) in zip(new, looked_up, strict=True):
            self._known[form] = np.array(traits(form), np.int64), row, flags
        described, vector_rows, class_flags = zip(*map(self._known.__getitem__, forms), strict=True)
        rows = np.concatenate(described)
        lengths = np.fromiter(map(len, described), np.int64, len(described))
        starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
        vectors = np.array(vector_rows)
        if self.training:  # forms that are new to the tagger have no exact trait, and often no vector
            rng = np.random.default_rng(int(torch.randint(1 << 31, ())))
            unknown = starts[(rng.random(len(forms)) < FORGOTTEN) & (lengths > 1)]
            rows[unknown] = 0
            rows[unknown + 1] = 0
            rows[rng.random(len(rows)) < DROPPED] = 0
            vectors[rng.random(len(forms)) < NO_VECTOR] = 0
        bags = self.traits(torch.from_numpy(rows), torch.from_numpy(starts))
        flags = torch.from_numpy(np.stack(class_flags))
        return torch.cat([bags, self.vectors(torch.from_numpy(vectors)), flags], 1)


def _unpacked(weights: Mapping[str, NDArray[Any]], at: int) -> Tensor:
    """Return the weight of the window layer `at` of a packed student: [units, window, units below]."""
    packed = torch.from_numpy(weights[f"weight{at}"].astype(np.float32).T.copy())
    width = len(weights[f"bias{at}"])
    if at == 0:
        return packed.view(WINDOWS[0], width, BELOW).transpose(0, 1)
    return packed.view(width, WINDOWS[at], -1)


def dequantised(table: NDArray[np.int8], scale: NDArray[np.float16]) -> Tensor:
    """Return the floats that `quantised` has packed into `table` and `scale`."""
    return torch.from_numpy(table.astype(np.float32) * scale.astype(np.float32)[:, None])
