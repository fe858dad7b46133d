"""A tree of HTML becomes blocks of text in document order, each with its role and its place."""

from __future__ import annotations

import pytest
from lxml import html

from streams.enrich.cleanup.blocks import Block, read_blocks
from streams.enrich.cleanup.places import Place


def blocks(source: str) -> list[Block]:
    return read_blocks(html.document_fromstring(f"<body>{source}</body>"))


def texts(source: str) -> list[str]:
    return [block.text for block in blocks(source) if block.claim is None]


@pytest.mark.parametrize(
    ("source", "expected"),
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
        ("<pre>Rates rise.\n\nBanks fall.</pre>", ["Rates rise.", "Banks fall."]),
        (
            "<story-text>Rates rise.</story-text><story-text>Banks fall.</story-text>",
            ["Rates rise.", "Banks fall."],
        ),
        ("<div><p> \n </p></div>", []),
    ],
)
def test_each_element_with_lines_of_its_own_gives_a_block(source, expected):
    assert texts(source) == expected


def test_a_sentence_in_a_span_of_its_own_does_not_run_into_the_next():
    first, second = (
        "The harbour of Tromsø was closed on Monday.",
        "It will open again when the wind has fallen.",
    )

    assert texts(f"<p><span>{first}</span><span>{second}</span></p>") == [f"{first} {second}"]


def test_headings_items_and_quotes_have_a_role():
    items = "<ul><li>A boat</li></ul><blockquote>Never again.</blockquote>"
    source = f"<div><h2>Losses</h2>{items}<p>So be it.</p></div>"

    found = [(block.text, block.role) for block in blocks(source)]

    assert found == [("Losses", "heading"), ("A boat", "item"), ("Never again.", "quote"), ("So be it.", "")]


def test_the_cells_of_a_row_of_facts_are_one_block():
    table = "<table><tr><th>Port</th><th>Boats</th></tr><tr><td>Tromsø</td><td>14</td></tr></table>"

    assert [(block.text, block.role) for block in blocks(table)] == [
        ("Port | Boats", "row"),
        ("Tromsø | 14", "row"),
    ]


def test_a_table_that_lays_out_a_page_gives_a_block_for_each_paragraph():
    cell = "<p>The harbour was closed on Monday after the storm, the port authority said.</p>" * 3

    assert len(blocks(f"<table><tr><td>{cell}</td><td>{cell}</td></tr></table>")) == 6


def test_a_block_knows_what_its_elements_say_that_it_is():
    figure = "<figure><img><figcaption>The quay at noon</figcaption></figure>"

    caption, story = blocks(f"<div>{figure}<p>The storm is over.</p></div>")

    assert caption.claim is not None
    assert caption.claim.place is Place.CAPTION
    assert story.claim is None


def test_a_menu_is_one_block_of_links_unless_it_was_not_closed():
    menu = "<nav><a>Home</a><ul><li><a>News</a></li></ul></nav>"
    unclosed = "<nav><a>Home</a><div>The harbour was closed on Monday.</div><div>It is open again.</div>"

    (block,) = blocks(menu)

    assert (block.text, block.linked) == ("Home News", 9)
    assert "It is open again." in [block.text for block in blocks(unclosed)]


def test_the_characters_in_links_are_counted():
    (block,) = blocks("<p>Read <a>the whole story</a> here.</p>")

    assert block.linked == len("the whole story")
