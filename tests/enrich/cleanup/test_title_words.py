"""How titles are compared."""

from __future__ import annotations

import pytest

from streams.enrich.cleanup.title_words import agreement, plain, squeezed, without_article

HEADLINE = "Storm closes harbour of Tromsø"


def test_agreement_is_the_share_of_common_words():
    assert agreement(HEADLINE, ["Storm CLOSES harbour, of Tromsø"]) == 1
    assert agreement(HEADLINE, ["Storm closes school"]) == pytest.approx(2 / 3)
    assert agreement(HEADLINE, ["Bakers vote for tarts"]) == 0
    assert agreement(HEADLINE, []) == 0


def test_titles_are_compared_without_articles_signs_and_spaces():
    assert without_article("The “Northern” Courier") == "northern courier"
    assert squeezed("The Northern-Courier!") == "northerncourier"
    assert plain("It’s – all") == "It's - all"
