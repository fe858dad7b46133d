"""A tree of HTML becomes paragraphs and captions in document order."""

from __future__ import annotations

import pytest
from lxml import html

from streams.enrich.cleanup.blocks import read_blocks


def blocks(source: str) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the text and the role of each paragraph, and the captions."""
    paragraphs, captions = read_blocks(html.fromstring(source))
    return [(paragraph.text, paragraph.role) for paragraph in paragraphs], captions


@pytest.mark.parametrize(
    ("source", "paragraphs"),
    [
        (
            "<div><p>Rates <b>rise</b> again.</p> <p>Banks fall.</p></div>",
            ["Rates rise again.", "Banks fall."],
        ),
        ("<div>Rates rise.<br>Banks fall.</div>", ["Rates rise.", "Banks fall."]),
        (
            "<div>Rates rise.<p>Banks fall.</p>Nobody knows why.</div>",
            ["Rates rise.", "Banks fall.", "Nobody knows why."],
        ),
        (
            "<div><p>Rates rise.</p><nav>Home</nav><aside>Sign up</aside><script>x()</script></div>",
            ["Rates rise."],
        ),
        ("<div>Rates<nav>Home</nav> rise.</div>", ["Rates rise."]),
        ("<div><p> \n </p></div>", []),
    ],
)
def test_text_outside_of_controls_becomes_a_paragraph_for_each_element(source, paragraphs):
    assert [text for text, _ in blocks(source)[0]] == paragraphs


def test_headings_items_and_quotes_have_a_role():
    items = "<ul><li>A boat</li></ul><blockquote>Never again.</blockquote>"
    source = f"<div><h2>Losses</h2>{items}<p>So be it.</p></div>"

    paragraphs, _ = blocks(source)

    assert paragraphs == [
        ("Losses", "heading"),
        ("A boat", "item"),
        ("Never again.", "quote"),
        ("So be it.", ""),
    ]


def test_captions_are_apart_from_the_paragraphs():
    source = (
        "<div><figure><img><figcaption>The quay at noon</figcaption></figure><p>The storm is over.</p></div>"
    )

    assert blocks(source) == ([("The storm is over.", "")], ["The quay at noon"])
