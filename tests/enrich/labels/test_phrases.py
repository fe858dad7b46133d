from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.enrich.folding import fold_characters
from streams.enrich.labels.phrases import Lexicon, Phrase, Role


def lexicon(*phrases, excludes=(), contra=()):
    return Lexicon(
        [
            *(Phrase(0, Role.FOR, written, 1.0) for written in phrases),
            *(Phrase(0, Role.AGAINST, written, -1.0) for written in contra),
            *(Phrase(0, Role.EXCLUDED, written, 0.0) for written in excludes),
        ]
    )


def found(lexicon, text):
    return [
        text[phrase.start : phrase.end] for phrase in lexicon.find(text, fold_characters(text)).get(0, [])
    ]


@given(st.text())
def test_folding_keeps_every_character_in_its_place(text):
    assert len(fold_characters(text)) == len(text)


@pytest.mark.parametrize(
    ("phrase", "text", "matches"),
    [
        ("carbon tax", "Carbon taxes and a carbon-tax plan", ["Carbon taxes", "carbon-tax"]),
        ("climate policy", "climate policies", ["climate policies"]),
        ("peace talks", "The peace talks' end", ["peace talks"]),
        ("pact", "an impact, a compact, pacts", ["pacts"]),
        ("peace talks", "They want peace. Talks resume.", []),
        ("peace talks", "peace\ntalks", ["peace\ntalks"]),
        ("peace talks", "a plea for peace\n\nTalks resume", []),
        ("detente", "Détente is over", ["Détente"]),
        (
            "decarbonize~",
            "decarbonise, decarbonizing, decarbonised",
            ["decarbonise", "decarbonizing", "decarbonised"],
        ),
        ("meet~ ... counterpart", "She met her Chinese counterpart.", ["met her Chinese counterpart"]),
        ("meet~ ... counterpart", "She met him. His counterpart left.", []),
        ("meet~ ... counterpart", "They met " + "long " * 20 + "before his counterpart came", []),
        ("expel~ ... diplomat", "expelled the U.S. diplomats", ["expelled the U.S. diplomats"]),
        ("UN", "The UN and the U.N. met in un petit pays", ["UN", "U.N."]),
        ("UN envoy", "a U.N. envoy, the un envoy, UN envoys", ["U.N. envoy", "un envoy", "UN envoys"]),
        ("COP28", "COP28, not cop28", ["COP28"]),
        ("man made", "man-made lakes", ["man-made"]),
    ],
)
def test_a_phrase_is_found_in_its_forms_at_word_boundaries(phrase, text, matches):
    assert found(lexicon(phrase), text) == matches


def test_the_longest_match_wins_and_an_exclusion_is_not_evidence():
    words = lexicon("climate", "climate change", excludes=["climate control", "political climate"])

    assert found(words, "climate change, climate control, the climate, the political climate") == [
        "climate change",
        "climate",
    ]


def test_an_exclusion_takes_only_the_phrases_within_it():
    words = lexicon("climate", "climate change", excludes=["current climate"])

    assert found(words, "the current climate; current climate change") == ["climate change"]


def test_of_two_phrases_with_one_length_the_exclusion_wins():
    assert found(lexicon("political climate", excludes=["political climate"]), "the political climate") == []


def test_a_gap_does_not_reach_into_an_exclusion():
    words = lexicon("summon~ ... ambassador", excludes=["brand ambassador"])

    assert found(words, "The watchmaker summoned its brand ambassador.") == []


def test_a_phrase_across_a_gap_takes_the_place_of_what_it_contains():
    words = Lexicon(
        [Phrase(0, Role.FOR, "ambassador", 0.5), Phrase(0, Role.FOR, "summon~ ... ambassador", 3.0)]
    )

    assert found(words, "Oslo summoned the ambassador. The ambassador smiled.") == [
        "summoned the ambassador",
        "ambassador",
    ]


def test_phrases_that_weigh_more_than_the_phrase_across_the_gap_stay():
    words = Lexicon([Phrase(0, Role.FOR, "peace talks", 3.0), Phrase(0, Role.FOR, "hold~ ... talks", 1.0)])

    assert found(words, "They held secret peace talks.") == ["peace talks"]


@given(st.text(alphabet="climate control.\n ", max_size=200))
def test_found_phrases_never_overlap_and_are_in_text_order(text):
    words = lexicon("climate", "climate control", "control climate", "climate ... control", contra=["mate"])

    spans = [(phrase.start, phrase.end) for phrase in words.find(text, fold_characters(text)).get(0, [])]

    assert all(end <= start for (_, end), (start, _) in pairwise(spans))
