"""What an extractor found is put in order among the blocks of the page."""

from __future__ import annotations

from streams.enrich.cleanup.alignment import Alignment
from streams.enrich.cleanup.blocks import Block, read_blocks
from streams.enrich.cleanup.markup import parse_html
from streams.enrich.cleanup.outline import Outline
from tests.enrich.cleanup.texts import SENTENCES, page


def align(body: str, found: list[str]) -> Alignment:
    blocks = [block for text in found for block in found_block(text)]
    return Alignment(blocks, Outline(parse_html(page(body=body))))


def found_block(text: str) -> list[Block]:
    return read_blocks(parse_html(f"<p>{text}</p>"))


def texts(alignment: Alignment) -> list[str]:
    return [block.text for block in alignment.merged()]


def paragraphs(sentences: list[str]) -> str:
    return "".join(f"<p>{sentence}</p>" for sentence in sentences)


def test_blocks_that_an_extractor_joined_are_separate_again():
    alignment = align(f"<h2>Storm</h2>{paragraphs(SENTENCES)}", [f"Storm {SENTENCES[0]} {SENTENCES[1]}"])

    assert texts(alignment) == ["Storm", SENTENCES[0], SENTENCES[1]]


def test_what_was_left_behind_takes_its_place():
    alignment = align(paragraphs(SENTENCES), [SENTENCES[0], SENTENCES[2]])
    left_behind = [i for i, block in enumerate(alignment.outline.blocks) if block.text == SENTENCES[1]]

    alignment.add(left_behind)

    assert texts(alignment) == SENTENCES[:3]


def test_a_caption_that_an_extractor_took_is_left_out():
    body = f"{paragraphs(SENTENCES)}<p class='caption'>The quay at noon</p>"

    assert texts(align(body, [*SENTENCES, "The quay at noon"])) == SENTENCES


def test_text_that_is_nowhere_in_the_page_stays():
    assert texts(align(paragraphs(SENTENCES), ["Nobody knows where this is from."])) == [
        "Nobody knows where this is from."
    ]


def test_text_after_the_headline_is_told_from_other_text():
    menu = "Menu of the day with nine dishes and a soup of lentils"
    body = f"<p>{menu}</p><h1>Storm closes harbour</h1>{paragraphs(SENTENCES)}"

    assert align(body, [SENTENCES[0]]).follows_title()
    assert not align(body, [menu]).follows_title()
