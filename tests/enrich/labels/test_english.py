from __future__ import annotations

import pytest

from streams.enrich.labels.english import inflected, plural_forms


@pytest.mark.parametrize(
    ("word", "forms"),
    [
        ("ban", {"bans", "banned", "banning"}),
        ("ratify", {"ratifies", "ratified", "ratifying"}),
        ("withdraw", {"withdraws", "withdrew", "withdrawn", "withdrawing"}),
        ("cut", {"cuts", "cutting"}),
        ("impose", {"imposes", "imposed", "imposing"}),
    ],
)
def test_a_marked_word_is_found_in_every_form(word, forms):
    assert forms <= set(inflected(word))


@pytest.mark.parametrize(
    ("noun", "forms"),
    [
        ("treaty", ["treaties"]),
        ("gas", ["gases"]),
        ("virus", ["viruses"]),
        ("crisis", ["crises"]),
        ("woman", ["women"]),
        ("cayman", ["caymans"]),
        ("talks", []),
    ],
)
def test_plurals_follow_english_spelling(noun, forms):
    assert plural_forms(noun) == forms
