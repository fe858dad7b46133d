from __future__ import annotations

import numpy as np
import pytest

from streams.enrich.entities.taggers.wordpieces import WordPieces, case_class, windows

VOCABULARY = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "ker",
    "##ry",
    "in",
    "par",
    "##is",
    "zur",
    "##ich",
    ".",
    "蘇",
]


@pytest.fixture
def word_pieces(tmp_path):
    (tmp_path / "vocab.txt").write_text("\n".join(VOCABULARY), encoding="utf-8")
    return WordPieces(tmp_path / "vocab.txt")


@pytest.mark.parametrize(
    ("form", "pieces"),
    [
        ("Kerry", ["ker", "##ry"]),
        ("Zürich", ["zur", "##ich"]),
        ("PARIS", ["par", "##is"]),
        ("xyzzy", ["[UNK]"]),
        ("蘇蘇", ["蘇", "蘇"]),
        ("\n\n", ["[SEP]"]),
    ],
)
def test_a_form_is_cut_without_case_and_accents_longest_piece_first(word_pieces, form, pieces):
    assert [VOCABULARY[at] for at in word_pieces.cut([form]).ids] == pieces


def test_every_token_has_one_first_piece(word_pieces):
    pieces = word_pieces.cut(["Kerry", "in", "Paris", "."])

    assert pieces.first_of.tolist() == [0, -1, 1, 2, -1, 3]


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ("envoy", 1),
        ("Kerry", 2),
        ("EU", 3),
        ("McCain", 4),
        ("A", 5),
        ("2021", 6),
        ("COP26", 7),
        ("—", 8),
        ("U.S.", 3),
    ],
)
def test_the_case_class_depends_on_the_letters(form, kind):
    assert case_class(form) == kind


def test_windows_cover_all_pieces_and_end_with_a_sentence_where_they_can(word_pieces):
    forms = ["Kerry", "in", "Paris", "."] * 10
    pieces = word_pieces.cut(forms)
    stops = np.array([at == VOCABULARY.index(".") for at in pieces.ids])

    cut = list(windows(pieces, stops, size=20))

    assert [window.start for window in cut[1:]] == [window.stop for window in cut[:-1]]
    assert (cut[0].start, cut[-1].stop) == (0, len(pieces.ids))
    assert all(stops[window.stop - 1] for window in cut)


def test_a_window_without_a_sentence_end_cuts_no_token_in_two(word_pieces):
    pieces = word_pieces.cut(["Kerry"] * 50)

    cut = list(windows(pieces, np.zeros(len(pieces.ids), bool), size=9))

    assert all(pieces.first_of[window.start] >= 0 for window in cut)
    assert sum(window.stop - window.start for window in cut) == len(pieces.ids)
