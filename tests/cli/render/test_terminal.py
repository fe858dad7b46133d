"""What an article says cannot control the terminal."""

from __future__ import annotations

import re

from streams.cli.render.terminal import cut, printable
from tests.cli.render.blocks import enriched, shown


def test_an_article_cannot_control_the_terminal():
    escape = "\x1b]0;title\x07\x1b[2J\x9b31m\r"
    article = enriched(
        article_id=f"a1{escape}",
        headline=escape,
        publisher=escape,
        byline=escape,
        warnings=[escape],
        url=escape,
    )

    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown(article))
    assert len(printable(escape)) == len(escape)


def test_line_breaks_stay_and_tabs_become_spaces():
    assert printable("Rates\trise.\nBanks fall.") == "Rates rise.\nBanks fall."


def test_a_long_text_is_cut_to_the_limit():
    assert cut("Rates rise", 10) == "Rates rise"
    assert cut("Rates rise again", 10) == "Rates ris…"
    assert cut("Rates rise again", 7) == "Rates…"
