"""The encoder reads the beginning of an article in chunks, and its file is whole or refused."""

from __future__ import annotations

import re
import sys
from math import log
from pathlib import Path

import numpy as np
import pytest

from streams.enrich.labels import encoder
from streams.enrich.labels.base import Decision, Line
from streams.enrich.labels.encoder import Encoder, LabelSetup, Reading, chunks, log_mean_exp
from streams.enrich.wordpieces import WordPieceCutter
from streams.errors import UnknownLabeller
from streams.events import TaggedArticle
from tests.fakes.tiny_encoder import PIECES, POSITIONS, write_tiny_encoder

DECISION = Decision(0.4, Line(1.5, -0.5), Line(1.0, 0.25))
LABELS = {"climate": LabelSetup(0.5, DECISION), "trade": LabelSetup(2.0, DECISION)}
OPENING, CLOSING, ICE = PIECES.index("[CLS]"), PIECES.index("[SEP]"), PIECES.index("i")


def article(text: str) -> TaggedArticle:
    return TaggedArticle(text=text, language="en", entities=[])


class Counting:
    """A model whose logits are the number of pieces of the chunk, and three less."""

    def __init__(self) -> None:
        self.read: list[list[int]] = []

    def __call__(self, ids: np.ndarray) -> np.ndarray:
        assert len(ids) == 1
        assert ids.dtype == np.int64
        self.read.append(ids[0].tolist())
        return np.array([[ids.shape[1], ids.shape[1] - 3]], np.float32)


@pytest.fixture
def model():
    return Counting()


@pytest.fixture(autouse=True)
def vocabulary(monkeypatch, tmp_path):
    path = tmp_path / "vocab.txt"
    path.write_text("\n".join(PIECES), encoding="utf-8")
    monkeypatch.setattr(encoder, "VOCABULARY", path)
    return path


@pytest.fixture
def counting(model, vocabulary):
    return Encoder(
        model,
        WordPieceCutter(vocabulary),
        version="2",
        labels=LABELS,
        reading=Reading(pieces=5, least=3, chunks=3),
    )


@pytest.mark.parametrize(
    ("pieces", "lengths"),
    [(0, [0]), (1, [1]), (5, [5]), (7, [5]), (8, [5, 3]), (12, [5, 5]), (13, [5, 5, 3]), (40, [5, 5, 5])],
)
def test_an_article_is_read_in_chunks_without_a_short_last_one(pieces, lengths):
    cut = list(chunks(range(pieces), Reading(pieces=5, least=3, chunks=3)))

    assert [len(chunk) for chunk in cut] == lengths
    assert [piece for chunk in cut for piece in chunk] == list(range(sum(lengths)))


def test_each_chunk_is_one_run_with_its_marks(counting, model):
    counting.logits(article("i " * 8))

    assert model.read == [[OPENING, *[ICE] * 5, CLOSING], [OPENING, *[ICE] * 3, CLOSING]]


def test_the_logit_is_the_weighted_log_mean_exp_over_the_chunks(counting):
    logits = counting.logits(article("i " * 8))

    pooled = log((np.exp(7) + np.exp(5)) / 2)
    assert logits.tolist() == pytest.approx([0.5 * pooled, 2.0 * (pooled - 3)])


def test_large_logits_do_not_overflow():
    assert log_mean_exp(np.array([[1000.0, -1000.0], [1000.0, -1002.0]])).tolist() == pytest.approx(
        [1000.0, -1000 + log((1 + np.exp(-2)) / 2)]
    )


def test_the_encoder_names_its_version_labels_and_decisions(counting):
    assert counting.version == "accurate 2"
    assert counting.labels == ("climate", "trade")
    assert counting.decisions == {"climate": DECISION, "trade": DECISION}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "accurate.onnx"
    write_tiny_encoder(path, LABELS, Reading(pieces=5, least=3, chunks=3))
    return path


@pytest.fixture
def loaded(path):
    return Encoder.load(path)


def test_a_file_has_all_that_the_encoder_needs(loaded):
    assert re.fullmatch("accurate tiny [0-9a-f]{8}", loaded.version)
    assert loaded.labels == ("climate", "trade")
    assert loaded.decisions["trade"] == DECISION
    assert len(set(loaded.logits(article("Ice melts in the sea")).tolist())) == 2


def test_another_file_has_another_version(loaded, path, tmp_path):
    (tmp_path / "copy.onnx").write_bytes(path.read_bytes())
    write_tiny_encoder(tmp_path / "other.onnx", LABELS, Reading(pieces=5, least=3, chunks=2))

    assert Encoder.load(tmp_path / "copy.onnx").version == loaded.version
    assert Encoder.load(tmp_path / "other.onnx").version != loaded.version


def test_the_same_text_has_the_same_logits_whatever_was_read_before(loaded, path):
    text = article("Ministers sign a treaty about ice, in Oslo. " * 3)
    alone = Encoder.load(path).logits(text).tolist()

    for other in ("", "X" * 5000, "Ice. " * 50, "ice"):
        loaded.logits(article(other or "."))

    assert loaded.logits(text).tolist() == alone


@pytest.mark.parametrize(
    "text",
    [
        ".",
        " \n ",
        "x",
        "x" * 500_000,
        "SHARES FELL",
        "Kerry 😀👩‍👩‍👧 met 🇨🇳 Xi",
        "قال جون",
        "蘇貞昌在台北說",
        "\x00",
    ],
    ids=[
        "mark",
        "white",
        "letter",
        "long word",
        "capitals",
        "emoji",
        "right to left",
        "Chinese",
        "zero",
    ],
)
def test_every_text_has_finite_logits(loaded, text):
    logits = loaded.logits(article(text))

    assert logits.shape == (2,)
    assert np.isfinite(logits).all()


def test_without_onnxruntime_the_message_says_how_to_get_it(monkeypatch, path):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)

    with pytest.raises(UnknownLabeller, match=r"needs onnxruntime: pip install 'wireroom\[accurate\]'$"):
        Encoder.load(path)


def test_a_missing_file_is_refused_by_its_name(tmp_path):
    with pytest.raises(UnknownLabeller, match=r"/none\.onnx is missing; install Wireroom again"):
        Encoder.load(tmp_path / "none.onnx")


def emptied(content: bytes) -> bytes:
    return b""


def cut_short(content: bytes) -> bytes:
    return content[: len(content) // 2]


def without_metadata(content: bytes) -> bytes:
    return content.replace(b"labels", b"libels")


def with_another_key(content: bytes) -> bytes:
    return content.replace(b'"weight"', b'"height"')


def with_one_label(content: bytes) -> bytes:
    return re.sub(rb', "trade".*?}}}(?=})', lambda found: b" " * len(found[0]), content)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (emptied, "InvalidArgument: .*No graph was found"),
        (cut_short, "InvalidProtobuf: .*parsing failed"),
        (without_metadata, "KeyError: 'labels'"),
        (with_another_key, "ValidationError: climate"),
        (with_one_label, "ValueError: it gives the logits .* for 1 labels"),
    ],
)
def test_a_damaged_file_is_refused_in_one_line(damage, reason, path, tmp_path):
    content = path.read_bytes()
    damaged = tmp_path / "accurate.onnx"
    damaged.write_bytes(damage(content))

    assert damaged.read_bytes() != content
    assert_refused(damaged, reason)


def test_a_file_whose_chunks_are_longer_than_its_model_reads_is_refused(tmp_path):
    path = tmp_path / "accurate.onnx"
    write_tiny_encoder(path, LABELS, Reading(pieces=POSITIONS, least=3, chunks=1))

    assert_refused(path, "InvalidArgument|RuntimeException|Fail")


def assert_refused(path: Path, reason: str) -> None:
    with pytest.raises(UnknownLabeller) as caught:
        Encoder.load(path)

    message = str(caught.value)
    end = "install Wireroom again, or use the compact labeller"
    assert re.fullmatch(rf"{re.escape(str(path))} cannot be used \((?:{reason}).*\); {end}", message)
