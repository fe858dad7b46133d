"""The encoder reads the headline and the beginning of an article, and its file is whole or refused."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from streams.enrich.wordpieces import VOCABULARY, WordPieceCutter
from streams.errors import UnknownVectors
from streams.stories import encoder, fingerprint_of
from streams.stories.encoder import PIECES, StoryEncoder, load_encoder, read_part
from streams.stories.fingerprint import ENCODED_VERSION, VERSION, decode, features_of
from streams.stories.vectors import WIDTH, cosines
from tests.fakes import tiny_encoder
from tests.fakes.story_encoder import second_alone, write_joint, write_story_encoder
from tests.stories.articles import START, article, words

HEADLINE, TEXT = "Court blocks wall", "The court ruled."
COMPACT = np.arange(WIDTH, dtype=np.int8)


@pytest.fixture(autouse=True)
def vocabulary(monkeypatch, tmp_path):
    path = tmp_path / "vocab.txt"
    path.write_text("\n".join(tiny_encoder.PIECES), encoding="utf-8")
    monkeypatch.setattr(encoder, "VOCABULARY", path)
    return path


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "encoder.onnx"
    write_story_encoder(path)
    return path


@pytest.fixture
def loaded(path):
    return StoryEncoder.load(path)


def encoder_of(numbers: np.ndarray, vocabulary) -> tuple[StoryEncoder, list[list[int]]]:
    """Return an encoder whose model always answers `numbers`, and what the model has read."""
    read: list[list[int]] = []

    def run(ids: np.ndarray) -> np.ndarray:
        read.append(ids[0].tolist())
        return numbers[np.newaxis].astype(np.float32)

    return StoryEncoder(run, WordPieceCutter(vocabulary), second_alone()), read


@pytest.mark.parametrize(
    ("headline", "text", "read"),
    [
        (" Rain ", "It rained.", "Rain. It rained."),
        ("Rain", "Rain\n\nIt rained.", "Rain. \n\nIt rained."),
        ("Rain", "Rainfall was heavy.", "Rain. Rainfall was heavy."),
        ("", "It rained.", "It rained."),
        ("  ", "It rained.", "It rained."),
    ],
    ids=["apart", "in the text", "a part of a word", "none", "blank"],
)
def test_the_headline_is_read_once_as_a_sentence(headline, text, read):
    assert read_part(headline, text) == read


def test_the_first_pieces_are_read_between_their_marks(vocabulary):
    made, read = encoder_of(np.ones(WIDTH), vocabulary)

    made.vector_of("", "i " * 500, COMPACT)

    opening, closing, piece = (tiny_encoder.PIECES.index(mark) for mark in ("[CLS]", "[SEP]", "i"))
    assert read == [[opening, *[piece] * (PIECES - 2), closing]]


def test_a_vector_is_the_direction_in_whole_numbers(vocabulary):
    made, _ = encoder_of(np.arange(WIDTH) - 254.0, vocabulary)

    vector = made.vector_of(HEADLINE, TEXT, COMPACT)

    assert vector.dtype == np.int8
    assert (vector.min(), vector.max()) == (-127, -64)


def test_a_vector_is_made_of_the_compact_vector_and_the_direction(vocabulary):
    run, cutter = (lambda ids: np.eye(1, WIDTH, 5, dtype=np.float32)), WordPieceCutter(vocabulary)
    compact = 127 * np.eye(1, WIDTH, 3, dtype=np.int8)[0]

    vector = StoryEncoder(run, cutter, np.concatenate([2 * np.eye(WIDTH), np.eye(WIDTH)])).vector_of(
        HEADLINE, TEXT, compact
    )

    assert (vector[3], vector[5]) == (127, 64)
    assert np.count_nonzero(vector) == 2


@pytest.mark.parametrize("numbers", [np.full(WIDTH, np.nan), np.ones(WIDTH - 1)], ids=["NaN", "too few"])
def test_a_model_without_a_whole_vector_is_an_error(numbers, vocabulary):
    made, _ = encoder_of(numbers, vocabulary)

    with pytest.raises(ValueError, match="the model gives"):
        made.vector_of(HEADLINE, TEXT, COMPACT)


def test_the_same_article_has_the_same_vector_whatever_was_read_before(loaded, path):
    alone = StoryEncoder.load(path).vector_of(HEADLINE, TEXT, COMPACT).tolist()

    for other in ("", ".", "x" * 5_000, "😀", "蘇貞昌"):
        loaded.vector_of("", other, COMPACT)

    assert loaded.vector_of(HEADLINE, TEXT, COMPACT).tolist() == alone
    assert loaded.vector_of("", TEXT, COMPACT).tolist() != alone


def test_a_fingerprint_says_who_made_its_vector(loaded):
    made = article("a", TEXT, headline=HEADLINE)

    compact, accurate = fingerprint_of(made, START), fingerprint_of(made, START, loaded)

    assert (compact.version, accurate.version) == (VERSION, ENCODED_VERSION)
    assert (decode(compact).is_encoded, decode(accurate).is_encoded) == (False, True)
    both = loaded.vector_of(HEADLINE, TEXT, decode(compact).vector)
    assert decode(accurate).vector.tolist() == both.tolist()
    assert (accurate.sketch, accurate.terms, accurate.words) == (
        compact.sketch,
        compact.terms,
        compact.words,
    )


def test_an_article_in_another_language_has_no_vector(loaded):
    foreign = " ".join(word + "qxz" for word in words("foreign", 30))

    assert not decode(fingerprint_of(article("a", foreign), START, loaded)).vector.any()


def test_compact_vectors_need_no_encoder():
    assert load_encoder("compact") is None


def test_accurate_vectors_have_the_encoder_of_the_package(path, monkeypatch):
    monkeypatch.setattr(encoder, "MODEL", path)

    made = load_encoder("accurate")

    assert made is not None
    assert (
        made.vector_of(HEADLINE, TEXT, COMPACT).tolist()
        == StoryEncoder.load(path).vector_of(HEADLINE, TEXT, COMPACT).tolist()
    )


@pytest.mark.parametrize(
    "texts",
    [
        (
            "Parliament approves the budget after a long debate. The government has a majority of two.",
            "Lawmakers pass the spending bill following hours of discussion, with 61 votes against 59.",
            "Heavy rain flooded the old town and closed two bridges.",
        ),
        (
            "A court in Lagos ordered the airline to pay its pilots.",
            "Court orders carrier in Nigeria to settle wages of its captains.",
            "Heavy rain flooded the old town and closed two bridges.",
        ),
    ],
)
def test_the_shipped_encoder_tells_one_event_in_other_words_from_another(texts, monkeypatch):
    pytest.importorskip("onnxruntime")
    monkeypatch.setattr(encoder, "VOCABULARY", VOCABULARY)
    shipped = StoryEncoder.load()
    vectors = np.array([features_of(article("a", text), shipped).vector for text in texts])

    own, alike, unlike = cosines(vectors[0], vectors)

    assert own == pytest.approx(1)
    assert alike > unlike + 0.2


def test_other_vectors_are_refused_with_the_choice_of_names():
    with pytest.raises(UnknownVectors, match=r"no story vectors are called 'x'; choose one of compact, accu"):
        load_encoder("x")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UnknownVectors, match=r"gone\.onnx is missing; install Wireroom again"):
        StoryEncoder.load(tmp_path / "gone.onnx")


def test_a_missing_or_narrow_matrix_is_refused(path, tmp_path):
    with pytest.raises(UnknownVectors, match=r"gone\.npz is missing; install Wireroom again"):
        StoryEncoder.load(path, tmp_path / "gone.npz")

    write_joint(tmp_path / "narrow.npz", width=WIDTH // 2)
    with pytest.raises(
        UnknownVectors, match=r"narrow\.npz cannot be used \(ValueError: the matrix has the sh"
    ):
        StoryEncoder.load(path, tmp_path / "narrow.npz")


def test_a_damaged_file_is_refused_in_one_line(path, tmp_path):
    damaged = tmp_path / "damaged.onnx"
    damaged.write_bytes(path.read_bytes()[:1_000])

    with pytest.raises(UnknownVectors, match=r"damaged\.onnx cannot be used \(.*\); install") as raised:
        StoryEncoder.load(damaged)

    assert "\n" not in str(raised.value)


def test_a_model_of_another_width_is_refused(tmp_path):
    write_story_encoder(tmp_path / "narrow.onnx", width=WIDTH // 2)

    with pytest.raises(UnknownVectors, match=r"narrow\.onnx cannot be used \(ValueError: the model gives"):
        StoryEncoder.load(tmp_path / "narrow.onnx")


def test_without_onnxruntime_the_message_says_how_to_get_it(monkeypatch, path):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)

    with pytest.raises(UnknownVectors, match=r"need onnxruntime: pip install 'wireroom\[accurate\]'$"):
        StoryEncoder.load(path)
