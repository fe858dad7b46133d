"""The words of a text are hashed all at once, each as if it were alone."""

from __future__ import annotations

import numpy as np
import pytest

from streams.stories.terms import (
    MOST_BYTES,
    hash_term,
    rarities_of,
    read_words,
    separate,
    split_words,
    stem_of,
)

TEXTS = {
    "plain": "The rates rise, and the cities' buses miss the boss. Yes, as is, ss, ies, bies, s.",
    "typography": "“Rates’ RISE”—again… don’t «wait» §7 10€",
    "accents": "L'État français a dépensé 3 500 € pour les élèves de l’école Éluard.",
    "unspaced": "央行上调利率引发市场震动。",
    "long words": "x" * 300 + " " + "y" * 300 + "s",
    "one word": "word",
    "none": "…",
    "empty": "",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_the_hash_of_a_word_does_not_depend_on_the_text_around_it(text):
    words = read_words(separate(text))

    stems = [stem_of(word) if len(word) < 100 else word for word in split_words(text)]
    assert words.stems.tolist() == [hash_term(stem) for stem in stems]
    assert len(set(words.hashes.tolist())) == len(set(split_words(text)))


def test_words_know_where_they_begin():
    separated = separate("Rates rise: again")

    assert [separated[start : start + 4] for start in read_words(separated).starts] == [
        b"rate",
        b"rise",
        b"agai",
    ]


def test_signs_and_capitals_do_not_tell_words_apart():
    assert split_words("“Rates’ RISE”—again… don’t") == [b"rates", b"rise", b"again", b"don", b"t"]
    assert split_words("ÉTAT, État") == ["état".encode()] * 2


def test_a_script_without_spaces_is_read_by_its_letters():
    assert split_words("央行上调利率引发市场震动。") == [
        letter.encode() for letter in "央行上调利率引发市场震动"
    ]


def test_a_plural_is_the_same_term():
    assert [stem_of(word) for word in (b"rates", b"cities", b"press", b"gas")] == [
        b"rate",
        b"city",
        b"press",
        b"gas",
    ]


def test_common_words_tell_nothing_and_unknown_ones_most():
    terms = np.array([hash_term(word) for word in (b"the", b"x", b"senator", b"zzyzx")], dtype=np.uint32)

    the, letter, senator, unknown = rarities_of(terms).tolist()

    assert the == letter == 0 < senator < unknown


def test_a_text_without_end_is_cut():
    assert len(read_words(b"word " * MOST_BYTES).hashes) == MOST_BYTES // 5
