from __future__ import annotations

import sys

import numpy as np
import pytest

from streams.enrich.entities.taggers.accurate import BATCH_PIECES, MODELS, AccurateTagger, WindowedScores
from streams.enrich.entities.taggers.bioes import TAGS
from streams.enrich.entities.taggers.wordpieces import WINDOW, WordPieces
from streams.errors import UnknownTagger
from streams.events import EntityType

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *"abcdefghij", "##x", "."]


class Echo:
    """A model that returns each piece's id as the logit of its first tag, and notes its input's shapes."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, int]] = []

    def __call__(self, ids: np.ndarray, cases: np.ndarray) -> np.ndarray:
        assert ids.shape == cases.shape
        self.shapes.append(ids.shape)
        logits = np.zeros((*ids.shape, len(TAGS)), np.float32)
        logits[:, :, 0] = ids
        return logits


@pytest.fixture
def word_pieces(tmp_path):
    (tmp_path / "vocab.txt").write_text("\n".join(VOCABULARY), encoding="utf-8")
    return WordPieces(tmp_path / "vocab.txt")


def test_every_token_gets_the_scores_of_its_first_piece_whatever_the_windows(word_pieces):
    texts = [["a", "bx", "c", "."] * 600, [], ["d"], ["ex", "f"] * 7]
    run = Echo()

    scores = WindowedScores(word_pieces, run)(texts)

    for forms, rows in zip(texts, scores, strict=True):
        assert rows[:, 0].tolist() == [VOCABULARY.index(form[0]) for form in forms]
    assert len(run.shapes) > 1
    assert all(windows * length <= BATCH_PIECES and length <= WINDOW + 2 for windows, length in run.shapes)


@pytest.fixture(scope="module")
def tagger():
    pytest.importorskip("onnxruntime")
    return AccurateTagger.load(MODELS)


def named(tagger, text: str) -> set[tuple[str, EntityType]]:
    return {(text[span.start : span.end], span.type) for span in tagger.mentions([text])[0]}


def test_the_shipped_model_finds_persons_organisations_and_places(tagger):
    text = "Angela Merkel met Amnesty International in Nairobi on Friday."

    assert named(tagger, text) == {
        ("Angela Merkel", EntityType.PER),
        ("Amnesty International", EntityType.ORG),
        ("Nairobi", EntityType.LOC),
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n ",
        "x" * 20_000,
        "Kerry 😀👩‍👩‍👧 met 🇨🇳 Xi",
        "قال جون كيري في باريس",
        "蘇貞昌在台北說",
        "\ud800 lone",
    ],
    ids=["empty", "white", "one token", "emoji", "right to left", "Chinese", "surrogates"],
)
def test_bad_input_is_tagged_without_complaint(tagger, text):
    (spans,) = tagger.mentions([text])

    assert all(0 <= span.start < span.end <= len(text) for span in spans)


def test_other_texts_in_the_call_change_nothing(tagger):
    text = "Angela Merkel flew to Nairobi."
    others = [
        "SHARES OF KENYA AIRWAYS FELL 3.7% -- REUTERS",
        "Some longer text, about nothing at all.",
        "🙂 " * 90,
    ]

    alone = tagger.mentions([text])[0]
    beside = tagger.mentions([*others, text])[-1]

    assert alone
    assert alone == beside  # with the same certainty, too: the same input gives the same bytes


def test_without_onnxruntime_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)

    with pytest.raises(UnknownTagger, match=r"needs onnxruntime: pip install 'wireroom\[accurate\]'$"):
        AccurateTagger.load(MODELS)


def test_a_missing_model_is_refused_by_its_name(tmp_path):
    with pytest.raises(UnknownTagger, match=r"/accurate\.onnx is missing; install Wireroom again"):
        AccurateTagger.load(tmp_path)


def test_a_damaged_model_is_refused_in_one_line(tmp_path):
    pytest.importorskip("onnxruntime")
    (tmp_path / "accurate.onnx").write_bytes(b"no model")

    with pytest.raises(UnknownTagger, match=r"cannot be used .* or use the compact tagger$") as caught:
        AccurateTagger.load(tmp_path)

    assert "\n" not in str(caught.value)
