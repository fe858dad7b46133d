"""Texts are cut into the pieces that uncased BERT was trained with."""

from __future__ import annotations

import pytest

from streams.enrich.wordpieces import MAX_CHARACTERS, WordPieceCutter

VOCABULARY = [
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "talk", "##s", "in", "zur", "##ich", "sep", "a", "##b"),
    *("##σ", "σ", "蘇", ".", ",", "'", "$", "[", "]", "€", "##5", "5", "“"),
]


@pytest.fixture
def cutter(tmp_path):
    (tmp_path / "vocab.txt").write_text("\n".join(VOCABULARY), encoding="utf-8")
    return WordPieceCutter(tmp_path / "vocab.txt")


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Talks in\n\nZürich.", ["talk", "##s", "in", "zur", "##ich", "."]),
        ("TALKS'a", ["talk", "##s", "'", "a"]),
        ("Xenon, talk", ["[UNK]", ",", "talk"]),
        ("$5", ["$", "5"]),
        ("€5", ["€", "##5"]),  # Unicode has it as a symbol, which BERT does not take for punctuation
        ("“a”", ["“", "a", "[UNK]"]),
        ("a蘇a", ["a", "蘇", "a"]),
        ("a\xadb", ["a", "##b"]),
        ("a\x0bb", ["a", "##b"]),
        ("a\x85b", ["a", "##b"]),
        ("a\u2028a\u3000a\xa0a", ["a", "a", "a", "a"]),
        ("a\ufffdb\u200bb", ["a", "##b", "##b"]),
        ("ΣΣ", ["σ", "##σ"]),
        ("\u0301", []),
        ("[SEP]", ["[", "sep", "]"]),
        ("", []),
        (" \n\t", []),
    ],
    ids=ascii,
)
def test_a_text_is_cut_as_uncased_bert_cuts_it(cutter, text, pieces):
    cut = cutter.cut(text, 100)

    assert [VOCABULARY[at] for at in cut] == pieces


def test_a_word_that_is_too_long_is_unknown(cutter):
    long, too_long = "a" + "b" * (MAX_CHARACTERS - 1), "a" + "b" * MAX_CHARACTERS

    assert len(cutter.cut(long, 1000)) == MAX_CHARACTERS
    assert cutter.cut(too_long, 1000) == [cutter.unknown]


def test_only_the_first_pieces_are_cut(cutter):
    assert cutter.cut("Talks in Zürich", 3) == cutter.cut("Talks in", 100)
    assert cutter.cut("Talks", 1) == [VOCABULARY.index("talk")]
    assert cutter.cut("Talks", 2) == [VOCABULARY.index("talk"), VOCABULARY.index("##s")]


def test_the_marks_stand_at_both_ends_and_count(cutter):
    ids = cutter.cut("the the the the", 9)

    assert cutter.cut_marked("the the the the", 4) == [cutter.opening, *ids[:2], cutter.closing]


def test_a_word_is_cut_alike_whatever_was_cut_before(cutter):
    first = cutter.cut("Zürich", 100)
    cutter.cut("zur ich ZÜRICH Talks", 100)

    assert cutter.cut("Zürich", 100) == first
    assert len(cutter) == len(VOCABULARY)
