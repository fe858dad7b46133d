"""Folded text has the length of the original, so that every offset stays."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from streams.enrich.folding import fold_characters


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Côte d’Ivoire", "cote d ivoire"),
        ("COP28: the ZÜRICH deal", "cop28  the zurich deal"),
        ("It rained. So", "it rained  so"),
        ("İstanbul ﬁne", "istanbul fne"),
        ("谈判", "谈判"),
    ],
)
def test_case_accents_and_signs_make_no_difference(text, folded):
    assert fold_characters(text) == folded


@given(st.text())
def test_every_character_folds_to_one_character(text):
    assert len(fold_characters(text)) == len(text)


@given(st.text())
@example("“Côte d’Ivoire”")
@example("谈判" + "".join(map(chr, range(0xC0, 0x180))))
def test_a_character_folds_the_same_whatever_stands_beside_it(text):
    assert fold_characters(text) == "".join(map(fold_characters, text))
