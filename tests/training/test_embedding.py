"""The static embedding keeps useful word pieces, in 8 bits, with frequent pieces weighted down."""

from __future__ import annotations

import numpy as np
import pytest

from streams.training.embedding import DIMENSIONS, FIRST_WORD, compress, is_useful, write


@pytest.mark.parametrize(
    ("piece", "useful"),
    [
        ("rate", True),
        ("##ing", True),
        ("2026", True),
        ("café", True),
        ("##", False),
        ("日本", False),
        (".", False),
    ],
)
def test_only_pieces_of_latin_letters_and_digits_are_useful(piece, useful):
    assert is_useful(piece) is useful


def test_a_frequent_piece_gets_a_smaller_vector_than_a_rare_one():
    states = np.random.default_rng(1).normal(size=(300, DIMENSIONS)).astype(np.float32)
    rows = np.arange(FIRST_WORD, FIRST_WORD + 300)

    vectors = compress(states, rows)

    assert vectors.shape == (300, DIMENSIONS)
    assert vectors.dtype == np.int8
    lengths = np.linalg.norm(vectors.astype(float), axis=1)
    assert lengths[:50].mean() < lengths[-50:].mean()


def test_the_file_holds_pieces_vectors_and_a_fingerprint_of_both(tmp_path):
    matrix = np.arange(6, dtype=np.int8).reshape(2, 3)

    size = write(tmp_path / "vectors.npz", ["rate", "##s"], matrix)

    assert size == (tmp_path / "vectors.npz").stat().st_size
    with np.load(tmp_path / "vectors.npz") as stored:
        assert stored["pieces"].tobytes().decode().split("\n") == ["rate", "##s"]
        assert (stored["matrix"] == matrix).all()
        first = stored["fingerprint"].tobytes()
    write(tmp_path / "vectors.npz", ["rate", "##d"], matrix)
    with np.load(tmp_path / "vectors.npz") as stored:
        assert stored["fingerprint"].tobytes() != first
